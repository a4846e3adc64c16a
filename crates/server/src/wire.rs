//! Putting the portal together: adapters into the domain's ports, services into the server.
//! The program and the tests start it the same way, by [`build`].

use std::fs;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use podarmor_credentials::{
    AesGcmSeal, Argon2Hasher, CredentialsError, HashingLimits, HmacApiKeyHasher, JwtSigner, KeyFiles, SystemClock,
    SystemRandom, TokenNames,
};
use podarmor_delivery::DeliveryError;
use podarmor_domain::FieldError;
use podarmor_domain::idempotency::IdempotencyService;
use podarmor_domain::ports::{Clock, PasswordHasher, Random};
use podarmor_domain::secret::SecretSeal;
use podarmor_http::Settings;
use podarmor_persistence::{ConnectError, Database, DatabaseOptions};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::services::Adapters;
use crate::webhooks;
use crate::workers::{Deliveries, Health, Keys, Outdated, Workers};

/// Time and randomness: the system's, unless a test brings its own.
#[derive(Clone)]
pub struct World {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Default for World {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

/// Why the portal does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be made.
    #[error("data directory {}: {source}", path.display())]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("{}", bind_message(.address, .source))]
    Bind {
        /// Which.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// Keys or hashing cannot be set up.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The database cannot be opened or brought to the current schema.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Webhooks cannot be sent.
    #[error("webhooks: {0}")]
    Delivery(#[from] DeliveryError),
    /// The certificates that webhooks are to trust cannot be read.
    #[error("webhooks: certificates {}: {source}", path.display())]
    Certificates {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The settings of webhooks contradict each other.
    #[error("webhooks: {0}")]
    Dispatch(FieldError),
    /// The server does not start, or ended by itself.
    #[error("the server failed: {0}")]
    Server(#[source] io::Error),
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It cannot be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It cannot be brought to the current schema.
    #[error(transparent)]
    Migrate(#[from] podarmor_persistence::MigrateError),
}

fn bind_message(address: &str, source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "{address} is taken: something else listens there already; choose another address (--listen, PODARMOR_LISTEN)"
            )
        }
        _ => format!("cannot listen on {address}: {source}"),
    }
}

/// A running portal.
pub struct Running {
    address: SocketAddr,
    database: Database,
    handle: ServerHandle,
    server: JoinHandle<io::Result<()>>,
    workers: Workers,
}

/// Starts the portal: opens the keys, connects to the database and migrates it, serves.
///
/// # Errors
/// [`StartError`] saying what is in the way.
pub async fn build(config: &Config) -> Result<Running, StartError> {
    build_in(config, World::default()).await
}

/// [`build`], with a clock and randomness of one's own.
///
/// # Errors
/// As [`build`].
pub async fn build_in(config: &Config, world: World) -> Result<Running, StartError> {
    // First of all, because it is what most often fails and changes nothing.
    let listener = bind(&config.listen).await?;
    serve_on(listener, config, world).await
}

/// Connections that may wait to be accepted; the standard library's 128 are too few for a
/// moment in which many come at once.
const BACKLOG: u32 = 1024;

/// Takes the address.
pub(crate) async fn bind(address: &str) -> Result<TcpListener, StartError> {
    let taken = async {
        let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
        for candidate in tokio::net::lookup_host(address).await? {
            match listen_on(candidate) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = error,
            }
        }
        Err(last)
    };
    taken.await.map_err(|source| StartError::Bind { address: address.to_owned(), source })
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    // Without it a restart would find the address taken by connections that have just ended. On
    // Windows the option means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Starts the portal on an address that is taken already.
pub(crate) async fn serve_on(listener: TcpListener, config: &Config, world: World) -> Result<Running, StartError> {
    make_data_dir(&config.data_dir)?;
    let keys = KeyFiles::open(&config.key_folder(), &*world.clock)?;
    let signer = JwtSigner::new(&keys, config.jwt_secret.as_ref(), TokenNames::default(), Arc::clone(&world.clock))?;
    let seal = Arc::new(AesGcmSeal::new(&keys, config.secret_key.as_ref())?);
    let passwords = hasher(config)?;
    let database = open_database(config, &world).await?;
    let adapters = Adapters {
        store: Arc::new(database.clone()),
        signer: Arc::new(signer),
        passwords,
        seal: Arc::clone(&seal) as Arc<dyn SecretSeal>,
        api_keys: Arc::new(HmacApiKeyHasher::new(keys.api_keys())),
        destinations: webhooks::destinations(&config.webhooks),
        deliveries: Health::default(),
        world,
    };
    let address = listener.local_addr().map_err(StartError::Server)?;
    let services = adapters.services();
    let files = Keys { signer: Arc::clone(&adapters.signer), seal };
    let outdated = Outdated {
        sign_in: services.sign_in.clone(),
        sessions: services.sessions.clone(),
        answers: IdempotencyService::new(Arc::clone(&adapters.store), Arc::clone(&adapters.world.clock)),
    };
    let mut workers = Workers::start(outdated, files);
    if config.webhooks.worker {
        let (store, seal) = (Arc::clone(&adapters.store), Arc::clone(&adapters.seal));
        let dispatcher = webhooks::dispatcher(&config.webhooks, store, seal, &adapters.world)?;
        workers.deliver(Deliveries { dispatcher, health: adapters.deliveries.clone() }, &database);
    }
    let settings = settings(config, &keys, address);
    let (server, handle) = podarmor_http::serve(listener, services, settings).map_err(StartError::Server)?;
    Ok(Running { address, database, handle, server: tokio::spawn(server), workers })
}

fn settings(config: &Config, keys: &KeyFiles, address: SocketAddr) -> Settings {
    Settings {
        trusted_proxies: config.trusted_proxies.clone(),
        base_domain: config.base_domain.clone(),
        shield_per_second: config.shield_per_second,
        public_url: config.public_url.clone().unwrap_or_else(|| url_of(address)),
        cors_origins: config.cors_origins.clone(),
        cursor_key: *keys.cursor().expose(),
        version: crate::VERSION,
        workers: config.workers,
        shutdown: config.shutdown,
        unread_timeout: config.unread_timeout,
    }
}

/// Where this machine reaches the portal: one that listens everywhere is called here.
pub(crate) fn url_of(address: SocketAddr) -> String {
    let reachable = match address {
        _ if !address.ip().is_unspecified() => address,
        SocketAddr::V4(_) => SocketAddr::from(([127, 0, 0, 1], address.port())),
        SocketAddr::V6(_) => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port())),
    };
    format!("http://{reachable}")
}

/// Password hashing as configured.
pub(crate) fn hasher(config: &Config) -> Result<Arc<dyn PasswordHasher>, StartError> {
    Ok(Arc::new(Argon2Hasher::new(config.hashing, HashingLimits::default())?))
}

/// Connects to the database and brings it to the current schema.
pub(crate) async fn open_database(config: &Config, world: &World) -> Result<Database, StartError> {
    if config.database_url.is_file() {
        make_data_dir(&config.data_dir)?;
    }
    let options = DatabaseOptions::new(config.database_url.expose(), Arc::clone(&world.clock));
    let database = podarmor_persistence::connect(&options).await.map_err(DatabaseError::Connect)?;
    database.migrate().await.map_err(DatabaseError::Migrate)?;
    Ok(database)
}

/// Makes the data directory, for its owner only: it holds keys and everybody's data.
pub(crate) fn make_data_dir(path: &Path) -> Result<(), StartError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StartError::DataDir { path: path.to_owned(), source })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The database behind it, for tests that look or put something into it.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Stops: refuses new connections, lets requests in flight finish, ends the background work.
    pub async fn stop(self) {
        // Claims first: an attempt that is begun now would have to be waited for.
        self.workers.wind_down();
        self.handle.stop(true).await;
        self.workers.stop().await;
        if let Err(error) = flat(self.server.await) {
            tracing::error!(%error, "the server did not end as it should");
        }
        self.database.close().await;
    }

    /// Serves until `shutdown` resolves, then stops.
    ///
    /// # Errors
    /// [`StartError::Server`] when the server ends by itself.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        tokio::select! {
            ended = &mut self.server => {
                self.workers.stop().await;
                let unexpected = io::Error::other("it ended by itself");
                Err(StartError::Server(flat(ended).err().unwrap_or(unexpected)))
            }
            () = shutdown => {
                self.stop().await;
                Ok(())
            }
        }
    }
}

fn flat(ended: Result<io::Result<()>, tokio::task::JoinError>) -> io::Result<()> {
    ended.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use podarmor_credentials::HashingCost;

    fn config(folder: &Path) -> Config {
        let cheap = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
        let here = "127.0.0.1:0".to_owned();
        Config { listen: here, workers: 1, hashing: cheap, ..Config::for_data_dir(folder.join("data")) }
    }

    fn status_line(address: SocketAddr, path: &str) -> String {
        let mut connection = TcpStream::connect(address).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_starts_on_an_empty_folder_answers_stops_and_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let running = build(&config(folder.path())).await.unwrap();
            let address = running.address();
            for path in ["/livez", "/readyz", "/api/status", "/api/openapi.json"] {
                let answer = tokio::task::spawn_blocking(move || status_line(address, path)).await.unwrap();
                assert_eq!(answer, "HTTP/1.1 200 OK", "{path}");
            }
            running.stop().await;
            assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_said_clearly_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap().to_string();
        let config = Config { listen: listen.clone(), ..config(folder.path()) };
        let message = build(&config).await.err().unwrap().to_string();
        assert!(message.starts_with(&format!("{listen} is taken")), "{message}");
        assert!(!folder.path().join("data").exists());
    }
}
