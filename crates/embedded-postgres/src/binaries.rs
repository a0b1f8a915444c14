//! Finds the programs of an installed PostgreSQL.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Older ones lack what the migrations use.
const MAJOR_MIN: u32 = 15;

/// The folder with `postgres` and `initdb`, and their version.
#[derive(Clone, Debug)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

/// Says which PostgreSQL is missing and how to get it.
#[derive(Debug)]
pub struct NoBinaries {
    /// Set when existing data can be read by one version only.
    wanted_major: Option<u32>,
    searched: Vec<PathBuf>,
}

impl fmt::Display for NoBinaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted_major {
            Some(major) => {
                write!(f, "the data was written by PostgreSQL {major}, which is not installed")?
            }
            None => write!(f, "PostgreSQL {MAJOR_MIN} or newer is not installed")?,
        }
        let major = self.wanted_major.unwrap_or(17);
        write!(
            f,
            ". Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; \
             macOS: brew install postgresql@{major}), or name the folder of its programs in \
             EVENTPAY_POSTGRES_BIN_DIR. Searched:"
        )?;
        for dir in &self.searched {
            write!(f, " {}", dir.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for NoBinaries {}

impl Binaries {
    /// Prefers the named folder, then the newest version; `wanted_major` admits that one only.
    pub fn find(bin_dir: Option<&Path>, wanted_major: Option<u32>) -> Result<Self, NoBinaries> {
        let searched = match bin_dir {
            Some(dir) => vec![dir.to_owned()],
            None => usual_folders(),
        };
        searched
            .iter()
            .filter_map(|dir| Self::look_at(dir))
            .filter(|found| match wanted_major {
                Some(major) => found.major == major,
                None => found.major >= MAJOR_MIN,
            })
            // The first of equals: an earlier folder is a more deliberate choice.
            .reduce(|best, next| if next.major > best.major { next } else { best })
            .ok_or(NoBinaries { wanted_major, searched })
    }

    #[must_use]
    pub fn path(&self, program: &str) -> PathBuf {
        self.dir.join(program)
    }

    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    fn look_at(dir: &Path) -> Option<Self> {
        if !dir.join("initdb").exists() {
            return None;
        }
        let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { dir: dir.to_owned(), major })
    }
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if parent.starts_with("/usr/lib") || name.starts_with("postgresql") {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    // Fedora and Alpine keep theirs elsewhere, or link them into PATH.
    folders.push(PathBuf::from("/usr/libexec/postgresql"));
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path).filter(|dir| dir.join("postgres").exists()));
    }
    folders
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, `… 18beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split(") ").nth(1)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_postgres_prints() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("sh: postgres: not found"), None);
    }

    #[test]
    fn a_missing_postgresql_is_explained() {
        let error = Binaries::find(Some(Path::new("/nowhere")), None).unwrap_err().to_string();
        assert!(error.contains("apt-get install postgresql"), "{error}");
        assert!(error.contains("/nowhere"), "{error}");
    }
}
