//! Ids as API Gateway makes them for APIs and keys.

use sha2::{Digest, Sha256};

/// Ten lower-case letters and digits, the same for the same `name`.
pub fn short_id(name: &str) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(10).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}
