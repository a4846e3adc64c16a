//! The yardstick of `cargo xtask bench`: an actix-web server that does nothing but answer every request with the bytes of one
//! file. Arguments: address, file, content type.

use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(file), Some(content_type)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("arguments: address, file, content type"));
    };
    let body = web::Bytes::from(std::fs::read(file)?);
    HttpServer::new(move || {
        let (body, content_type) = (body.clone(), content_type.clone());
        App::new().default_service(web::to(move || {
            let answer = HttpResponse::Ok().content_type(content_type.clone()).body(body.clone());
            async move { answer }
        }))
    })
    .bind(address)?
    .run()
    .await
}
