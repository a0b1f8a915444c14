//! Stores that speak Redis's protocol: the real one where it is installed, and a small one of the test that evaluates the
//! commands we send.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A store that can be stopped and started again at the same address.
pub(super) struct Store {
    address: SocketAddr,
    running: Running,
}

enum Running {
    Stopped,
    Real(Child),
    Ours(JoinHandle<()>),
}

/// Where Redis is installed.
fn redis() -> Option<&'static str> {
    ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"]
        .into_iter()
        .find(|it| std::path::Path::new(it).exists())
}

impl Store {
    /// Ours, and Redis where it is installed.
    pub(super) async fn all() -> Vec<(&'static str, Self)> {
        let mut stores = vec![("ours", Self::start(false).await)];
        if redis().is_some() {
            stores.push(("redis", Self::start(true).await));
        }
        stores
    }

    pub(super) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    async fn start(is_real: bool) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = free.local_addr().expect("its address");
        drop(free);
        let mut store = Self { address, running: Running::Stopped };
        store.run(is_real).await;
        store
    }

    async fn run(&mut self, is_real: bool) {
        self.running = if is_real {
            let mut command = Command::new(redis().expect("Redis is installed"));
            command.args(["--port", &self.address.port().to_string(), "--bind", "127.0.0.1"]);
            command.args(["--save", "", "--appendonly", "no"]).current_dir(std::env::temp_dir());
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            Running::Real(child.expect("Redis starts"))
        } else {
            let listener = TcpListener::bind(self.address).await.expect("the port is ours");
            Running::Ours(tokio::spawn(serve(listener)))
        };
        let since = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the store does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops; answers how it can be started again.
    pub(super) async fn stop(&mut self) -> bool {
        match std::mem::replace(&mut self.running, Running::Stopped) {
            Running::Real(mut child) => {
                child.kill().expect("it can be killed");
                child.wait().expect("it ends");
                true
            }
            Running::Ours(task) => {
                task.abort();
                let _ = task.await;
                false
            }
            Running::Stopped => panic!("it was stopped before"),
        }
    }

    pub(super) async fn start_again(&mut self, is_real: bool) {
        self.run(is_real).await;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Running::Real(child) = &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A counter and its end.
type Values = BTreeMap<String, (i64, Option<Instant>)>;

async fn serve(listener: TcpListener) {
    let values: Arc<Mutex<Values>> = Arc::default();
    // Aborting the listener ends the connections too: they live in this set.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        connections.spawn(talk(stream, Arc::clone(&values)));
    }
}

async fn talk(stream: TcpStream, values: Arc<Mutex<Values>>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut queue: Option<Vec<Vec<String>>> = None;
    while let Some(command) = command(&mut read).await {
        let name = command.first().map(|it| it.to_uppercase()).unwrap_or_default();
        let answer = match (name.as_str(), &mut queue) {
            ("MULTI", _) => {
                queue = Some(Vec::new());
                "+OK\r\n".to_owned()
            }
            ("EXEC", Some(queued)) => {
                let mut values = values.lock().expect("not poisoned");
                let answers: Vec<String> =
                    queued.iter().map(|it| evaluate(&mut values, it)).collect();
                queue = None;
                format!("*{}\r\n{}", answers.len(), answers.concat())
            }
            (_, Some(queued)) => {
                queued.push(command);
                "+QUEUED\r\n".to_owned()
            }
            _ => evaluate(&mut values.lock().expect("not poisoned"), &command),
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// An array of bulk strings, as clients send commands.
async fn command(read: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> Option<Vec<String>> {
    let mut line = String::new();
    read.read_line(&mut line).await.ok()?;
    let n: usize = line.trim().strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..n {
        line.clear();
        read.read_line(&mut line).await.ok()?;
        let n_bytes: usize = line.trim().strip_prefix('$')?.parse().ok()?;
        let mut bytes = vec![0; n_bytes + 2];
        read.read_exact(&mut bytes).await.ok()?;
        bytes.truncate(n_bytes);
        words.push(String::from_utf8(bytes).ok()?);
    }
    Some(words)
}

fn evaluate(values: &mut Values, command: &[String]) -> String {
    let now = Instant::now();
    values.retain(|_, (_, end)| end.is_none_or(|end| end > now));
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let millis = |text: &str| Duration::from_millis(text.parse().expect("milliseconds"));
    match words.as_slice() {
        ["SET", key, value, "PX", window, "NX"] => {
            if values.contains_key(*key) {
                return "$-1\r\n".to_owned();
            }
            let value = value.parse().expect("a number");
            values.insert((*key).to_owned(), (value, Some(now + millis(window))));
            "+OK\r\n".to_owned()
        }
        ["INCR", key] => {
            let (value, _) = values.entry((*key).to_owned()).or_insert((0, None));
            *value += 1;
            format!(":{value}\r\n")
        }
        ["PTTL", key] => match values.get(*key) {
            None => ":-2\r\n".to_owned(),
            Some((_, None)) => ":-1\r\n".to_owned(),
            Some((_, Some(end))) => format!(":{}\r\n", (*end - now).as_millis()),
        },
        ["PEXPIRE", key, window] => match values.get_mut(*key) {
            None => ":0\r\n".to_owned(),
            Some((_, end)) => {
                *end = Some(now + millis(window));
                ":1\r\n".to_owned()
            }
        },
        ["CLIENT", ..] => "+OK\r\n".to_owned(),
        _ => "-ERR unknown command\r\n".to_owned(),
    }
}
