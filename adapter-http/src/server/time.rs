//! Moments as text: RFC 3339 in UTC with milliseconds.

use flash_core::time::Timestamp;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// The moment as text, such as `2026-11-22T12:31:27.004Z`.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let days = at.as_millis().div_euclid(MILLIS_PER_DAY);
    let millis = at.as_millis().rem_euclid(MILLIS_PER_DAY);
    let (year, month, day) = civil(days);
    let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
    let (second, milli) = (millis / 1_000 % 60, millis % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The moment as text, unless it is never.
pub(super) fn unless_never(at: Timestamp) -> Option<String> {
    (at < Timestamp::MAX).then(|| rfc3339(at))
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar: eras of 400 years that start in
/// March, so that a leap day is the last of its year.
#[expect(clippy::arithmetic_side_effects, reason = "the days of any i64 of milliseconds are far from the ends of i64")]
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_show_as_the_calendar_has_them() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_795_350_687_004, "2026-11-22T12:31:27.004Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_millis(millis)), text);
        }
    }

    #[test]
    fn every_day_of_400_years_follows_the_one_before() {
        let mut before = civil(-200_000);
        for day in -199_999..=-53_000 {
            let now = civil(day);
            let next_day = (now.0, now.1) == (before.0, before.1) && now.2 == before.2 + 1;
            let next_month = now.2 == 1 && (28..=31).contains(&before.2);
            assert!(next_day || next_month, "{before:?} {now:?}");
            before = now;
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        assert_eq!(unless_never(Timestamp::MAX), None);
        for millis in [i64::MIN, i64::MAX] {
            assert!(rfc3339(Timestamp::from_millis(millis)).ends_with('Z'));
        }
    }
}
