//! What went wrong with a call to the database, sorted by what can be done about it.

use std::sync::Arc;

use flash_core::store::StoreError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// Several callers hear of one fault.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(#[source] Arc<sqlx::Error>);

#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The commit was decided on what is not so any more, and nothing took effect.
    Outdated(Cause),
    /// A check or a number's range forbids it, and nothing took effect: outdated, or never possible.
    Forbidden(Cause),
    /// The database cannot be reached, is stuck, or takes no writes from anyone, and nothing took effect.
    Down(Cause),
    /// The database would not do this one thing, and nothing took effect.
    Refused(Cause),
    /// The connection is gone, or the answer did not come: no one can tell what took effect.
    Gone(Cause),
    /// The database holds what cannot be.
    Broken(Cause),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let sorted = sort(&error);
        sorted(Cause(Arc::new(error)))
    }
}

fn sort(error: &sqlx::Error) -> fn(Cause) -> Fault {
    if let Some(error) = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
        return sort_answer(error.severity(), error.code());
    }
    let never_asked =
        matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Configuration(_));
    let unreadable = matches!(
        error,
        sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_)
    );
    if never_asked {
        Fault::Down
    } else if unreadable {
        Fault::Broken
    } else {
        Fault::Gone
    }
}

fn sort_answer(severity: PgSeverity, code: &str) -> fn(Cause) -> Fault {
    // A statement that ends with an ERROR is rolled back. What ends the session may have come after the commit.
    if matches!(severity, PgSeverity::Fatal | PgSeverity::Panic) {
        return Fault::Gone;
    }
    match code {
        // Ours; a key or reference that does not hold; serialisation, deadlock.
        "FL001" | "23505" | "23503" | "40001" | "40P01" => Fault::Outdated,
        "23514" | "22003" => Fault::Forbidden,
        // Lock and statement time-outs, read-only, no privilege, input or output.
        "55P03" | "57014" | "25006" | "42501" | "58030" => Fault::Down,
        // No room, no memory, too many connections.
        code if code.starts_with("53") => Fault::Down,
        // A constraint trigger of ours, or a row that cannot be.
        "23000" | "23502" => Fault::Broken,
        // A statement prepared before the schema moved on: another connection prepares it anew.
        "0A000" => Fault::Gone,
        _ => Fault::Refused,
    }
}

impl Fault {
    /// The database did not answer in time, and may still be at it.
    pub(crate) fn silence() -> Self {
        let silent = std::io::Error::new(std::io::ErrorKind::TimedOut, "the database fell silent");
        Self::from(sqlx::Error::Io(silent))
    }

    /// The same cause, where nothing was asked yet.
    pub(crate) fn before_asking(self) -> Self {
        Self::Down(self.cause().clone())
    }

    pub(crate) const fn cause(&self) -> &Cause {
        match self {
            Self::Outdated(cause)
            | Self::Forbidden(cause)
            | Self::Down(cause)
            | Self::Refused(cause)
            | Self::Gone(cause)
            | Self::Broken(cause) => cause,
        }
    }

    /// What the caller of a commit hears.
    pub(crate) fn of_commit(&self) -> StoreError {
        if let Self::Gone(cause) = self {
            return StoreError::Unknown(Box::new(cause.clone()));
        }
        self.of_read()
    }

    /// What the caller of anything that may be repeated without harm hears.
    pub(crate) fn of_read(&self) -> StoreError {
        if let Self::Broken(cause) | Self::Forbidden(cause) = self {
            return StoreError::Corrupt { what: cause.to_string() };
        }
        StoreError::Unavailable(Box::new(self.cause().clone()))
    }
}
