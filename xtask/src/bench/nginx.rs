//! The reference for documents: an nginx of our own, serving one folder with sendfile.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::bare::start;
use crate::failure::{Context, Outcome};
use crate::interrupt::Undo;
use crate::postgres::free_port;
use crate::scratch::Scratch;
use crate::workspace;

pub(crate) struct Program(PathBuf);

impl Program {
    /// Installed, or installable by us.
    pub(crate) fn find() -> Outcome<Self> {
        if look_up().is_none() && workspace::may_install() {
            workspace::apt_install(&["nginx"])?;
        }
        look_up().map(Self).ok_or_else(|| {
            "the benchmark compares with nginx, which is not here (on Debian: `sudo apt-get install nginx`)".into()
        })
    }

    /// `nginx/1.22.1`
    pub(crate) fn version(&self) -> String {
        let said = Command::new(&self.0).arg("-v").output().map(|output| output.stderr).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        said.split(':').nth(1).unwrap_or(&said).trim().to_owned()
    }

    /// Serves a folder until what is given back is dropped.
    pub(crate) fn serve(&self, folder: &Path) -> Outcome<Nginx> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let scratch = Scratch::new("nginx")?;
        let file = scratch.join("nginx.conf");
        std::fs::write(&file, configuration(scratch.path(), folder, &address)).context(file.display())?;
        let mut command = Command::new(&self.0);
        command.arg("-p").arg(scratch.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
        Ok(Nginx { stop: stop_politely(&scratch, start(&mut command, &address)?), address, _scratch: scratch })
    }
}

pub(crate) struct Nginx {
    #[expect(dead_code, reason = "held until it is dropped")]
    stop: Undo,
    pub(crate) address: String,
    _scratch: Scratch,
}

/// A killed master leaves its workers behind, so it is asked first.
fn stop_politely(scratch: &Scratch, kill: Undo) -> Undo {
    let pid_file = scratch.join("pid");
    Undo::new(move || {
        if let Ok(pid) = std::fs::read_to_string(pid_file) {
            let _ = Command::new("kill").args(["-TERM", pid.trim()]).status();
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        drop(kill);
    })
}

fn look_up() -> Option<PathBuf> {
    // Debian's is in sbin, which is not on everybody's PATH.
    let usual = PathBuf::from("/usr/sbin/nginx");
    workspace::on_path("nginx").or_else(|| usual.is_file().then_some(usual))
}

fn configuration(scratch: &Path, folder: &Path, address: &str) -> String {
    let (own, folder) = (scratch.display(), folder.display());
    let user = if workspace::is_root() { "user nobody nogroup;\n" } else { "" };
    format!(
        "{user}daemon off;
error_log stderr crit;
worker_processes auto;
pid {own}/pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    types {{ application/spdx+json json; }}
    client_body_temp_path {own}/body;
    proxy_temp_path {own}/proxy;
    fastcgi_temp_path {own}/fastcgi;
    uwsgi_temp_path {own}/uwsgi;
    scgi_temp_path {own}/scgi;
    server {{ listen {address}; root {folder}; }}
}}
"
    )
}
