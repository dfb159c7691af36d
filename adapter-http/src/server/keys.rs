//! Who may call, and for whom. Only digests of the secrets are kept.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use flash_core::id::UserId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest secret that is taken.
const SHORTEST_SECRET: usize = 16;

/// What a key may do. Exhaustive: whoever hands out keys decides among these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Acts for this one user.
    User(UserId),
    /// Acts for any user: a bot or a merchant. It cannot move money otherwise than by orders.
    Service,
    /// Acts for these users only.
    ServiceOf(BTreeSet<UserId>),
    /// Does everything: moves money, runs the pool, reads the books.
    Operator,
}

impl Scope {
    /// Whether it may act for this user.
    pub(crate) fn covers(&self, user: UserId) -> bool {
        match self {
            Self::User(own) => *own == user,
            Self::ServiceOf(users) => users.contains(&user),
            Self::Service | Self::Operator => true,
        }
    }

    /// Whether it may act for every user.
    pub(crate) fn covers_everyone(&self) -> bool {
        matches!(self, Self::Service | Self::Operator)
    }
}

/// Reads `operator`, `service`, `service:7,8` and `user:42`.
impl FromStr for Scope {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        let user = |id: &str| {
            let user = id.parse::<i64>().ok().and_then(|id| UserId::try_from(id).ok());
            user.ok_or_else(|| KeysError::Scope(text.to_owned()))
        };
        match text.split_once(':') {
            None if text == "operator" => Ok(Self::Operator),
            None if text == "service" => Ok(Self::Service),
            Some(("service", ids)) => ids.split(',').map(user).collect::<Result<_, _>>().map(Self::ServiceOf),
            Some(("user", id)) => user(id).map(Self::User),
            _ => Err(KeysError::Scope(text.to_owned())),
        }
    }
}

/// Keys that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// A name is not 1 to 64 visible ASCII characters.
    #[error("the name of key {0} is not 1 to 64 visible ASCII characters")]
    Name(usize),
    /// A secret can be guessed, or cannot be sent in a header.
    #[error("the secret of key {0:?} is not {SHORTEST_SECRET} or more visible ASCII characters")]
    Secret(String),
    /// Two keys have the same name or the same secret.
    #[error("key {0:?} repeats the name or the secret of another")]
    Repeated(String),
    /// A text is no scope.
    #[error("{0:?} is no scope: expected operator, service, service:7,8 or user:42")]
    Scope(String),
    /// A line is not `name scope secret`.
    #[error("line {0} is not of the form: name scope secret")]
    Line(usize),
}

/// The keys that are taken.
#[derive(Clone, Default)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    holder: Arc<Holder>,
    digest: [u8; 32],
}

/// Whose a key is.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) scope: Scope,
}

impl Keys {
    /// Keys of these names, secrets and scopes. The secrets are not kept.
    ///
    /// # Errors
    /// [`KeysError`] when a name or secret cannot be used, or is used twice.
    pub fn new<N, S>(keys: impl IntoIterator<Item = (N, S, Scope)>) -> Result<Self, KeysError>
    where
        N: Into<String>,
        S: AsRef<str>,
    {
        let mut all = Self::default();
        for (name, secret, scope) in keys {
            all.add(name.into(), secret.as_ref(), scope)?;
        }
        Ok(all)
    }

    fn add(&mut self, name: String, secret: &str, scope: Scope) -> Result<(), KeysError> {
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !(1..=64).contains(&name.len()) || !visible(&name) {
            return Err(KeysError::Name(self.keys.len()));
        }
        if secret.len() < SHORTEST_SECRET || !visible(secret) {
            return Err(KeysError::Secret(name));
        }
        let digest = digest(secret);
        if self.keys.iter().any(|key| key.holder.name == name || key.digest == digest) {
            return Err(KeysError::Repeated(name));
        }
        self.keys.push(Key { holder: Arc::new(Holder { name, scope }), digest });
        Ok(())
    }

    /// Whose secret this is. Looks at every key, so that the time taken tells nothing about any.
    pub(crate) fn holder(&self, secret: &str) -> Option<&Arc<Holder>> {
        let digest = digest(secret);
        let mut found = None;
        for key in &self.keys {
            if bool::from(key.digest.ct_eq(&digest)) {
                found = Some(&key.holder);
            }
        }
        found
    }
}

/// Reads one key a line, `name scope secret`; empty lines and lines that start with `#` are passed over.
impl FromStr for Keys {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        let mut all = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                [name, scope, secret] => all.add((*name).to_owned(), secret, scope.parse()?)?,
                _ => return Err(KeysError::Line(number)),
            }
        }
        Ok(all)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holders = self.keys.iter().map(|key| (&key.holder.name, &key.holder.scope));
        f.debug_map().entries(holders).finish()
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "correct-horse-battery-staple";

    fn user(id: i64) -> UserId {
        UserId::try_from(id).unwrap()
    }

    #[test]
    fn only_the_right_secret_finds_its_holder() {
        let keys =
            Keys::new([("bot", SECRET, Scope::Service), ("ops", "another-long-secret", Scope::Operator)]).unwrap();
        assert_eq!(keys.holder(SECRET).unwrap().name, "bot");
        for wrong in ["", "correct-horse-battery-stapl", "correct-horse-battery-staple ", "ops"] {
            assert!(keys.holder(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn debug_shows_names_and_scopes_and_no_secret_nor_digest() {
        let keys = Keys::new([("bot", SECRET, Scope::User(user(7)))]).unwrap();
        assert_eq!(format!("{keys:?}"), r#"{"bot": User(UserId(7))}"#);
    }

    #[test]
    fn a_file_of_keys_reads_as_it_is_written() {
        let text = format!(
            "# the bot\nbot service {SECRET}\n\n  shop  service:7,8  shop-secret-0123456789\nann user:7 ann-secret-0123456789\n"
        );
        let keys: Keys = text.parse().unwrap();
        assert_eq!(keys.holder("shop-secret-0123456789").unwrap().scope, Scope::ServiceOf([user(7), user(8)].into()));
        assert_eq!(keys.holder("ann-secret-0123456789").unwrap().scope, Scope::User(user(7)));
    }

    #[test]
    fn keys_that_cannot_be_used_are_refused_without_naming_the_secret() {
        for (text, why) in [
            ("bot service short", KeysError::Secret("bot".into())),
            ("bot service", KeysError::Line(1)),
            ("bot root correct-horse-battery-staple", KeysError::Scope("root".into())),
            ("bot user:0 correct-horse-battery-staple", KeysError::Scope("user:0".into())),
            ("a service correct-horse-battery-staple\na service another-long-secret", KeysError::Repeated("a".into())),
            (
                "a service correct-horse-battery-staple\nb operator correct-horse-battery-staple",
                KeysError::Repeated("b".into()),
            ),
        ] {
            let error = text.parse::<Keys>().unwrap_err();
            assert_eq!(error, why);
            assert!(!error.to_string().contains("horse"));
        }
    }

    #[test]
    fn a_scope_covers_its_users_and_no_others() {
        let scopes = [Scope::User(user(7)), Scope::ServiceOf([user(7)].into()), Scope::Service, Scope::Operator];
        assert!(scopes.iter().all(|scope| scope.covers(user(7))));
        let covers_another: Vec<bool> = scopes.iter().map(|scope| scope.covers(user(8))).collect();
        assert_eq!(covers_another, [false, false, true, true]);
    }
}
