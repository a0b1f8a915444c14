//! A database that is spoken to over TLS: a real PostgreSQL behind a door that has a certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use store::db::Db;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;

/// What a client asks first that wants TLS: a length of 8, and the code 80877103 (PostgreSQL, "SSL Session Encryption").
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A door to the tests' database.
struct Door {
    port: u16,
    database: String,
    /// Whom a client may trust for this door.
    authority: PathBuf,
}

impl Door {
    /// With a certificate for `name`; without TLS where there is none.
    async fn open(name: Option<&str>) -> Self {
        let (_, url) = testkit::database::fresh_with_url().await;
        let (database, rest) = url.strip_prefix("postgres:///").unwrap().split_once('?').unwrap();
        let host = rest.split('&').find_map(|it| it.strip_prefix("host=")).unwrap();
        let socket = Path::new(&host.replace("%2F", "/")).join(".s.PGSQL.5432");
        let user = rest.split('&').find_map(|it| it.strip_prefix("user=")).unwrap();

        let made = generate_simple_self_signed(vec![name.unwrap_or("nobody").to_owned()]).unwrap();
        let authority =
            std::env::temp_dir().join(format!("eventpay-ca-{}.pem", uuid::Uuid::now_v7()));
        std::fs::write(&authority, made.cert.pem()).unwrap();
        let acceptor = name.map(|_| acceptor(&made));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, acceptor.clone(), socket.clone()));
            }
        });
        Self { port, database: format!("{user}@localhost:{port}/{database}"), authority }
    }

    async fn connect(&self, how: &str) -> Result<Db, String> {
        let url = format!("postgres://{}?{how}", self.database);
        let error = |error: &dyn std::error::Error| {
            format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default())
        };
        Db::connect(&url, 2).await.map_err(|it| error(&it))
    }

    fn trusting(&self, authority: &Path) -> String {
        format!("sslmode=verify-full&sslrootcert={}", authority.display())
    }
}

fn acceptor(made: &CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Answers the question for TLS as PostgreSQL does, and hands the rest to it.
async fn pass(mut stream: TcpStream, acceptor: Option<TlsAcceptor>, socket: PathBuf) {
    let mut asked = [0; 8];
    stream.read_exact(&mut asked).await.unwrap();
    let mut postgres = UnixStream::connect(socket).await.unwrap();
    if asked != SSL_REQUEST {
        postgres.write_all(&asked).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut postgres).await;
        return;
    }
    match acceptor {
        Some(acceptor) => {
            stream.write_all(b"S").await.unwrap();
            // Who does not believe us hangs up.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = copy_bidirectional(&mut stream, &mut postgres).await;
            }
        }
        None => {
            stream.write_all(b"N").await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut postgres).await;
        }
    }
}

#[tokio::test]
async fn a_database_that_proves_its_name_is_spoken_to() {
    let door = Door::open(Some("localhost")).await;
    let db = door.connect(&door.trusting(&door.authority)).await.unwrap();
    assert!(db.is_up().await);
    // Whoever says so speaks in the open: the same door lets that pass too.
    assert!(door.connect("sslmode=disable").await.unwrap().is_up().await);
}

#[tokio::test]
async fn nobody_else_is() {
    let (door, other) = (Door::open(Some("localhost")).await, Door::open(Some("localhost")).await);
    let unknown = door.connect("sslmode=verify-full").await.unwrap_err();
    assert!(unknown.contains("UnknownIssuer"), "no public authority knows it: {unknown}");
    let another = door.connect(&door.trusting(&other.authority)).await.unwrap_err();
    assert!(another.contains("invalid peer certificate"), "{another}");

    let named = Door::open(Some("db.example")).await;
    let refused = named.connect(&named.trusting(&named.authority)).await.unwrap_err();
    assert!(refused.contains("not valid for name"), "another's certificate: {refused}");

    let open = Door::open(None).await;
    let refused = open.connect(&open.trusting(&open.authority)).await.unwrap_err();
    assert!(refused.contains("does not support TLS"), "nothing is said in the open: {refused}");
    assert!(open.connect("sslmode=disable").await.unwrap().is_up().await, "it is a database");
    assert_ne!(open.port, named.port);
}
