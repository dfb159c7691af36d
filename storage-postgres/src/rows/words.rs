//! The words of the schema: one type each there and here.

use sqlx::Type;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "order_state", rename_all = "snake_case")]
pub(crate) enum StateWord {
    Pending,
    Processing,
    Included,
    Final,
    Reclaiming,
    Expired,
    Undoing,
    Failed,
    Cancelled,
    Reviewing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "fail_reason", rename_all = "snake_case")]
pub(crate) enum ReasonWord {
    TimedOut,
    AttemptsExhausted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "term")]
pub(crate) enum TermWord {
    #[sqlx(rename = "10m")]
    TenMinutes,
    #[sqlx(rename = "1h")]
    OneHour,
    #[sqlx(rename = "1d")]
    OneDay,
    #[sqlx(rename = "3d")]
    ThreeDays,
    #[sqlx(rename = "7d")]
    SevenDays,
    #[sqlx(rename = "14d")]
    FourteenDays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "leg_state", rename_all = "snake_case")]
pub(crate) enum LegWord {
    Reserved,
    Delegating,
    Delegated,
    Reclaiming,
    Returned,
    Released,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "attempt_kind", rename_all = "snake_case")]
pub(crate) enum AttemptWord {
    Delegate,
    Reclaim,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "attempt_fate", rename_all = "snake_case")]
pub(crate) enum FateWord {
    Live,
    Landed,
    Dead,
    Forgotten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "asset", rename_all = "UPPERCASE")]
pub(crate) enum AssetWord {
    Trx,
    Usdt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "transfer_kind", rename_all = "snake_case")]
pub(crate) enum TransferWord {
    Single,
    Pending,
    Post,
    Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "transfer_why", rename_all = "snake_case")]
pub(crate) enum WhyWord {
    Rental,
    Deposit,
    Deduction,
    Refund,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "key_kind", rename_all = "snake_case")]
pub(crate) enum KeyWord {
    Request,
    ClientOrder,
    Quote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "key_outcome", rename_all = "snake_case")]
pub(crate) enum OutcomeWord {
    Order,
    InsufficientFunds,
    NoCapacity,
}

/// Pairs each word of the schema with the core's.
macro_rules! same {
    ($word:ident, $core:ty, $($name:ident),+) => {
        impl From<$core> for $word {
            fn from(core: $core) -> Self {
                match core {
                    $(<$core>::$name => Self::$name),+
                }
            }
        }

        impl From<$word> for $core {
            fn from(word: $word) -> Self {
                match word {
                    $($word::$name => Self::$name),+
                }
            }
        }
    };
}

same!(ReasonWord, flash_core::order::FailReason, TimedOut, AttemptsExhausted);
same!(TermWord, flash_core::price::Term, TenMinutes, OneHour, OneDay, ThreeDays, SevenDays, FourteenDays);
same!(AttemptWord, flash_core::order::AttemptKind, Delegate, Reclaim);
same!(AssetWord, flash_core::units::Asset, Trx, Usdt);
