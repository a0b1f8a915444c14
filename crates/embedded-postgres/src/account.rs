//! Chooses who runs PostgreSQL: its programs refuse root.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::place::Place;

/// An unprivileged user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Gives `None` unless we are root: then our own user will do.
    ///
    /// Existing data keeps its owner, or installing a `postgres` user later would lock us out of it.
    pub(crate) fn choose(data_dir: &Path) -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        if let Ok(existing) = fs::metadata(Place::look_up(data_dir).data())
            && existing.uid() != 0
        {
            return Ok(Some(Self { uid: existing.uid(), gid: existing.gid() }));
        }
        let passwd = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        named(&passwd, "postgres")
            .or_else(|| named(&passwd, "nobody"))
            .map(Some)
            .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as")
    }

    /// Tells whether this user can reach and enter the folder: its parents may be closed to it.
    pub(crate) fn can_enter(self, folder: &Path) -> bool {
        let mut probe = Command::new("/bin/sh");
        probe.args(["-c", "cd \"$1\" && test -w .", "sh"]).arg(folder);
        probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        run_as(&mut probe, Some(self));
        probe.status().is_ok_and(|status| status.success())
    }
}

/// Lets a command run as this user, with an environment in which PostgreSQL speaks English and UTC.
pub(crate) fn run_as(command: &mut Command, account: Option<Account>) {
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    // Our own working folder may be closed to that user.
    command.current_dir("/");
    for (name, _) in std::env::vars_os() {
        // A stranger's PGDATA, PGPORT or locale must not leak into our cluster.
        let name_text = name.to_string_lossy();
        if name_text.starts_with("PG") || name_text.starts_with("LC_") || name_text == "LANG" {
            command.env_remove(&name);
        }
    }
    command.env("LC_ALL", "C").env("TZ", "UTC");
}

fn named(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_passwd() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\n";
        assert_eq!(named(passwd, "nobody"), Some(Account { uid: 65534, gid: 65533 }));
        assert_eq!(named(passwd, "postgres"), None);
    }
}
