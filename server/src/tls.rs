//! TLS ended by the server itself: version 1.2 or later, HTTP/2 where browsers offer it, certificates changed without a
//! restart.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// Who does not finish the handshake by then wanted none.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Handshakes under way at once; more wait in the system's queue.
const HANDSHAKES_MAX: usize = 1_000;
/// Finished handshakes that wait to be served.
const WAITING_MAX: usize = 128;
/// How often the files are looked at.
const LOOKED_EVERY: Duration = Duration::from_secs(10);
/// A pause when the system has no room for another connection.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(100);

/// Where the certificate (with its chain) and its key are, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What connections are made with; replaced when the files change.
#[derive(Debug, Clone)]
pub struct Tls {
    files: TlsFiles,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn open(files: TlsFiles) -> anyhow::Result<Self> {
        let config = read(&files)?;
        Ok(Self { files, current: Arc::new(RwLock::new(Arc::new(config))) })
    }

    /// Reads the files again. With broken files the certificate before them stays in use.
    ///
    /// # Errors
    /// As [`Tls::open`].
    pub fn reload(&self) -> anyhow::Result<()> {
        let fresh = Arc::new(read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// When the files were written, as far as the system tells.
    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.files.certificate, &self.files.key]
            .map(|path| std::fs::metadata(path).and_then(|it| it.modified()).ok())
    }
}

fn read(files: &TlsFiles) -> anyhow::Result<ServerConfig> {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("reading the certificate {certificate}"))?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate in {certificate}");
    let private = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("reading the key {key}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .with_context(|| format!("{key} does not fit {certificate}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Reads the files again at SIGHUP and when they changed, until told to stop.
pub async fn keep_fresh(tls: Tls, stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        tracing::error!("SIGHUP cannot be heard: certificates are read at the start only");
        return;
    };
    let mut written = tls.written();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hangup.recv() => {}
            () = tokio::time::sleep(LOOKED_EVERY) => {
                if tls.written() == written {
                    continue;
                }
            }
        }
        written = tls.written();
        match tls.reload() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!("the certificate before stays in use: {error:#}"),
        }
    }
}

/// Connections whose handshake is done.
#[derive(Debug)]
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// A listener, and the task that shakes hands for it: whoever is slow at that holds nobody else up.
    ///
    /// # Errors
    /// When the address of the socket cannot be told.
    pub fn new(
        listener: TcpListener,
        tls: Tls,
    ) -> io::Result<(Self, impl Future<Output = ()> + Send + 'static)> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(WAITING_MAX);
        Ok((Self { ready, address }, shake_hands(listener, tls, done)))
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The task ended with the process.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

async fn shake_hands(
    listener: TcpListener,
    tls: Tls,
    done: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let mut hands = JoinSet::new();
    loop {
        while hands.try_join_next().is_some() {}
        if hands.len() >= HANDSHAKES_MAX {
            hands.join_next().await;
        }
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = done.closed() => return,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(NO_ROOM_PAUSE).await;
            continue;
        };
        let (acceptor, done) = (TlsAcceptor::from(tls.current()), done.clone());
        hands.spawn(async move {
            // Answers are written whole; waiting for more would only make them late.
            let _ = stream.set_nodelay(true);
            match tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let _ = done.send((stream, address)).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        });
    }
}
