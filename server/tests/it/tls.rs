//! TLS ended by the server itself, over real connections with a certificate made here.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use server::config::Config;
use server::tls::{Tls, TlsFiles, TlsListener};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

struct World {
    address: SocketAddr,
    files: TlsFiles,
    tls: Tls,
}

/// Writes a new certificate for `localhost` with its key.
fn write_certificate(files: &TlsFiles) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
}

fn folder() -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("eventpay-tls-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn files() -> TlsFiles {
    let folder = folder();
    TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
}

impl World {
    async fn start() -> Self {
        let files = files();
        write_certificate(&files);
        let tls = Tls::open(files.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (listener, shaking_hands) = TlsListener::new(listener, tls.clone()).unwrap();
        tokio::spawn(shaking_hands);
        let app = Router::new().route(
            "/",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| format!("hello {}", peer.ip())),
        );
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener.tap_io(|_| {}), service).into_future());
        Self { address, files, tls }
    }

    /// A connection of somebody who trusts the certificate in the file.
    async fn connect(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        alpn: &[&[u8]],
    ) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.files.certificate).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|it| it.to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    fn client(&self) -> reqwest::Client {
        let pem = std::fs::read(&self.files.certificate).unwrap();
        reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .resolve("localhost", self.address)
            .build()
            .unwrap()
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.address.port())
    }
}

#[tokio::test]
async fn browsers_get_http_2_and_the_visitors_address_is_known() {
    let world = World::start().await;
    let answer = world.client().get(world.url()).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "hello 127.0.0.1");
}

#[tokio::test]
async fn old_clients_get_http_1_and_none_gets_less_than_tls_1_2() {
    let world = World::start().await;
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let mut stream = world.connect(versions, &[b"http/1.1"]).await.unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(session.protocol_version(), Some(versions[0].version));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello 127.0.0.1"));
    }
    // What TLS 1.1 says hello with: the version is refused (alert 70) before anything else is said.
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let mut hello = vec![0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0]);
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer.first(), Some(&0x15), "an alert, no handshake: {answer:?}");
}

#[tokio::test]
async fn who_does_not_shake_hands_holds_nobody_up() {
    let world = World::start().await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    let mut plain = TcpStream::connect(world.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let answer = world.client().get(world.url()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("hello"), "nothing goes out in the open");
}

#[tokio::test]
async fn a_new_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let world = World::start().await;
    let seen = async |world: &World| {
        let stream = world.connect(&[&TLS13], &[]).await?;
        let (_, session) = stream.get_ref();
        io::Result::Ok(session.peer_certificates().unwrap()[0].to_vec())
    };
    let first = seen(&world).await.unwrap();
    write_certificate(&world.files);
    assert!(seen(&world).await.is_err(), "the one before is still in use, and no longer trusted");
    world.tls.reload().unwrap();
    let second = seen(&world).await.unwrap();
    assert_ne!(first, second);
    std::fs::write(&world.files.key, "no key").unwrap();
    let refused = format!("{:#}", world.tls.reload().unwrap_err());
    assert!(refused.contains("key.pem"), "{refused}");
    assert_eq!(seen(&world).await.unwrap(), second);
    // A key of another certificate.
    let other = files();
    write_certificate(&other);
    std::fs::copy(&other.key, &world.files.key).unwrap();
    assert!(world.tls.reload().is_err());
}

#[test]
fn both_files_are_needed_and_must_be_there() {
    let files = files();
    write_certificate(&files);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (cert, key) = (text(&files.certificate), text(&files.key));
    let read = |variables: &[(&str, &str)]| {
        Config::read(&|name| {
            let found = variables.iter().find(|(it, _)| *it == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
    };
    let whole = [("EVENTPAY_TLS_CERT", cert.as_str()), ("EVENTPAY_TLS_KEY", key.as_str())];
    assert_eq!(read(&whole).unwrap().tls, Some(files));
    assert_eq!(read(&[]).unwrap().tls, None);
    assert!(read(&whole[..1]).is_err());
    assert!(read(&whole[1..]).is_err());
    assert!(read(&[whole[0], ("EVENTPAY_TLS_KEY", "/nowhere/key.pem")]).is_err());
}
