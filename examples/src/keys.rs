//! Reading keys from files.

use std::path::Path;

use flash_adapter_http::Keys;
use flash_tron::PrivateKey;
use flash_tron::sealed::{KeyRing, MasterId, MasterKey, Network, SealedKey};

use crate::StartError;

/// What the master key of this program is called beside the keys it sealed.
const MASTER: &str = "master";

/// The keys of the HTTP API.
///
/// # Errors
/// [`StartError`] when the file cannot be read or used.
pub fn api_keys(path: &Path) -> Result<Keys, StartError> {
    read(path)?.parse().map_err(|error| StartError::new(path.display().to_string(), error))
}

/// A ring with the master key in this file.
///
/// # Errors
/// [`StartError`] when the file cannot be read or holds no 64 hex digits.
pub fn key_ring(path: &Path) -> Result<KeyRing, StartError> {
    let key: MasterKey =
        read(path)?.trim().parse().map_err(|error| StartError::new(path.display().to_string(), error))?;
    Ok(KeyRing::new(MasterId(MASTER.into()), key))
}

/// The wallet keys in a file of sealed ones.
///
/// # Errors
/// [`StartError`] when the file cannot be read or a key does not open.
pub fn wallet_keys(path: &Path, ring: &KeyRing, network: &Network) -> Result<Vec<PrivateKey>, StartError> {
    let open = |(number, line): (usize, &str)| {
        let failed = |error: String| StartError::new(format!("{}, line {number}", path.display()), error);
        let sealed: SealedKey = serde_json::from_str(line).map_err(|error| failed(error.to_string()))?;
        ring.open(&sealed, network).map_err(|error| failed(error.to_string()))
    };
    let text = read(path)?;
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).map(open).collect()
}

/// A line for a file of sealed keys.
///
/// # Errors
/// [`StartError`] when the key is none, or sealing fails.
pub fn seal(key: &str, ring: &KeyRing, network: &Network) -> Result<String, StartError> {
    let key: PrivateKey = key.trim().parse().map_err(|error| StartError::new("not a private key", error))?;
    let sealed = ring.seal(&key, network).map_err(|error| StartError::new("cannot seal", error))?;
    serde_json::to_string(&sealed).map_err(|error| StartError::new("cannot write", error))
}

fn read(path: &Path) -> Result<String, StartError> {
    std::fs::read_to_string(path).map_err(|error| StartError::new(format!("cannot read {}", path.display()), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_key_comes_back_from_its_file_on_its_network_only() {
        let dir = std::env::temp_dir().join(format!("flash-keys-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (master, sealed) = (dir.join("master"), dir.join("sealed"));
        std::fs::write(&master, "05".repeat(32)).unwrap();
        let ring = key_ring(&master).unwrap();
        let nile = Network("nile".into());
        let line = seal(&"01".repeat(32), &ring, &nile).unwrap();
        assert!(!line.contains(&"01".repeat(8)));
        std::fs::write(&sealed, format!("{line}\n\n")).unwrap();
        let keys = wallet_keys(&sealed, &ring, &nile).unwrap();
        let key: PrivateKey = "01".repeat(32).parse().unwrap();
        assert_eq!(keys[0].address(), key.address());
        let elsewhere = wallet_keys(&sealed, &ring, &Network("mainnet".into())).unwrap_err();
        assert!(elsewhere.to_string().contains("line 1"), "{elsewhere}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
