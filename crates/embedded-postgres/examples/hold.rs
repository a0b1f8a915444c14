//! Holds a cluster until it is killed: the tests do that to it.

#![expect(clippy::print_stdout, reason = "the test that starts this reads the URL")]

use std::path::PathBuf;

use embedded_postgres::{Cluster, Settings};

fn main() -> anyhow::Result<()> {
    let data_dir = std::env::args_os().nth(1).map(PathBuf::from);
    let data_dir = data_dir.ok_or_else(|| anyhow::anyhow!("usage: hold DATA_DIR"))?;
    let cluster =
        Cluster::start(&Settings { data_dir, bin_dir: None, durable: false, max_connections: 10 })?;
    println!("{}", cluster.url("postgres"));
    loop {
        std::thread::park();
    }
}
