//! Connections whose other side stops in the middle: they are closed, so that they cannot take
//! the place of everybody else's.

use std::time::Duration;

use podarmor_tests::{App, Backend, TestDatabase, TestWorld, all_at_once, config, wait_until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A body may take 10 s, and its connection 5 s more to end.
const BOUND: Duration = Duration::from_secs(25);

/// Sends this and nothing more, and answers what came until the server closed.
async fn until_closed(app: &App, sent: &str) -> String {
    let mut stream = TcpStream::connect(app.authority()).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(BOUND, stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(closed.is_ok(), "still open: {sent:?}, answered {answer:?}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_ends_is_answered_and_its_connection_closed() {
    let world = TestWorld::new(Backend::Sqlite).await;
    let bearer = format!("authorization: Bearer {}\r\n", world.viewer().token);
    let login = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\ncontent-type: application/json\r\n";
    let heads = [
        (login.to_owned(), "400"),
        ("POST /api/auth/login HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\n".to_owned(), "415"),
        ("POST /nowhere HTTP/1.1\r\nhost: x\r\n".to_owned(), "404"),
        ("POST /api/users HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\n".to_owned(), "401"),
        ("GET /api/status HTTP/1.1\r\nhost: x\r\n".to_owned(), "200"),
        ("HEAD /api/openapi.json HTTP/1.1\r\nhost: x\r\n".to_owned(), "200"),
        (format!("GET /api/auth/me HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\nif-none-match: *\r\n{bearer}"), "304"),
    ];
    let unfinished = ["transfer-encoding: chunked\r\n\r\n5\r\n{\"ema", "content-length: 60\r\n\r\n{\"ema"];
    let mut asked = Vec::new();
    for (head, status) in &heads {
        for rest in unfinished {
            let (app, sent) = (&world.app, format!("{head}{rest}"));
            asked.push(async move {
                let answer = until_closed(app, &sent).await;
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{sent:?}: {answer:?}");
            });
        }
    }
    all_at_once(asked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_never_ends_closes_the_connection_also_behind_another_request() {
    let world = TestWorld::new(Backend::Sqlite).await;
    let first = until_closed(&world.app, "GET /livez HTTP/1.1\r\nhost").await;
    assert!(!first.contains("HTTP/1.1 200 "), "{first}");
    let second = until_closed(&world.app, "GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /livez HTTP/1.1\r\nhost").await;
    assert!(second.starts_with("HTTP/1.1 200 "), "{second}");
    let mut stream = TcpStream::connect(world.app.authority()).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(one_answer(&mut stream).await.starts_with("http/1.1 200 "));
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost").await.unwrap();
    let closed = tokio::time::timeout(BOUND, stream.read_to_end(&mut Vec::new())).await;
    assert!(closed.is_ok(), "still open");
}

/// Reads one answer with a body of known length.
async fn one_answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = async {
        loop {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.unwrap_or("0").parse::<usize>().unwrap() {
                    return text;
                }
            }
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer).await.unwrap() {
                0 => return text,
                read => bytes.extend_from_slice(&buffer[..read]),
            }
        }
    };
    tokio::time::timeout(BOUND, read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunked_body_that_ends_leaves_the_connection_usable() {
    let world = TestWorld::new(Backend::Sqlite).await;
    let mut stream = TcpStream::connect(world.app.authority()).await.unwrap();
    let body = r#"{"email":"viewer@a.example","password":"not this one"}"#;
    for _ in 0..2 {
        let head = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}1\r\n{}\r\n", &body[..1]).as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(format!("{:x}\r\n{}\r\n0\r\n\r\n", body.len() - 1, &body[1..]).as_bytes()).await.unwrap();
        let answer = one_answer(&mut stream).await;
        assert!(answer.starts_with("http/1.1 401 ") && !answer.contains("connection: close"), "{answer}");
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(one_answer(&mut stream).await.starts_with("http/1.1 200 "));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_is_cut_off() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let mut config = config(&database);
    config.unread_timeout = Duration::from_secs(2);
    let app = App::start_with(&config).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.authority().parse().unwrap()).await.unwrap();
    // More than the buffers of both sides hold.
    let asked = "GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
    stream.write_all(asked.as_bytes()).await.unwrap();
    wait_until("the connection is cut", async || stream.write_all(b"G").await.is_err()).await;
    assert_eq!(app.get("/livez").await.status, 200);
    app.stop().await;
}
