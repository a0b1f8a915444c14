//! The private folder of the embedded parts: generated secrets, and where a serving process tells it is there.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use operations::fresh;
use serde::{Deserialize, Serialize};

/// The folder, made when it was not there; only its owner enters it.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

/// Secrets that nobody chose: generated once, then kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct GeneratedSecrets {
    pub secret: String,
    pub sandbox_secret_key: String,
    pub sandbox_webhook_secret: String,
}

impl std::fmt::Debug for GeneratedSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeneratedSecrets")
    }
}

/// A serving process, for commands that run beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Serving {
    pub pid: u32,
    pub public_url: String,
    pub sandbox_url: Option<String>,
}

impl DataFolder {
    /// Makes the folder if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if !path.is_dir() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(path)
                .with_context(|| format!("making the data folder {}", path.display()))?;
        }
        let path = path.canonicalize()?;
        Ok(Self { path })
    }

    /// A folder or file inside.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder inside, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.join(name);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("making {}", path.display()))?;
        Ok(path)
    }

    /// The generated secrets, made the first time.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn secrets(&self) -> anyhow::Result<GeneratedSecrets> {
        let path = self.join("secrets.json");
        if let Some(secrets) = read(&path)? {
            return Ok(secrets);
        }
        let secrets = GeneratedSecrets {
            secret: format!("{}{}", fresh::token(), fresh::token()),
            sandbox_secret_key: format!("sk_test_{}", fresh::token().to_lowercase()),
            sandbox_webhook_secret: format!("whsec_{}", fresh::token().to_lowercase()),
        };
        // Written whole or not at all; of two processes that start at once, the one that links first wins.
        let draft = self.join(&format!("secrets.{}.draft", fresh::code(8)));
        write_private(&draft, &secrets)?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft)?;
        match linked {
            Ok(()) => Ok(secrets),
            Err(_) => read(&path)?.with_context(|| format!("writing {}", path.display())),
        }
    }

    /// Tells that this process serves from here.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn announce(&self, serving: &Serving) -> anyhow::Result<()> {
        let draft = self.join("serve.json.draft");
        write_private(&draft, serving)?;
        fs::rename(&draft, self.join("serve.json")).context("writing serve.json")
    }

    /// Takes the word back.
    pub fn withdraw(&self) {
        // Absent is what we want; anything else shows at the next start.
        let _ = fs::remove_file(self.join("serve.json"));
    }

    /// The process that serves from here, by its own word.
    ///
    /// # Errors
    /// When the word cannot be read.
    pub fn serving(&self) -> anyhow::Result<Option<Serving>> {
        read(&self.join("serve.json"))
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("reading {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

fn write_private<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    let mut file: File = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("writing {}", path.display()))?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_are_made_once_and_for_the_owner_only() {
        let path = std::env::temp_dir().join(format!("eventpay-{}", fresh::code(10)));
        let folder = DataFolder::open(&path).unwrap();
        let first = folder.secrets().unwrap();
        assert_eq!(folder.secrets().unwrap().secret, first.secret);
        let mode = fs::metadata(folder.join("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(path).unwrap();
    }
}
