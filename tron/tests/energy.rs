//! The formulas of the network's Energy, on cases that a JVM evaluated.
#![allow(clippy::unwrap_used, missing_docs)]

use flash_core::chain::EnergyRate;
use flash_core::units::{Energy, Sun};
use flash_tron::energy::{Slot, Stake, Usage, Window, gain, limit, returned_usage, stake_for};
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/energy_math.json")).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let cases: Vec<_> =
        parsed["vectors"].as_array().unwrap().iter().filter(|case| case["kind"] == kind).cloned().collect();
    assert!(!cases.is_empty());
    cases
}

fn int(case: &Value, field: &str) -> i64 {
    case[field].as_i64().unwrap()
}

fn sun(case: &Value, field: &str) -> Sun {
    Sun::new(int(case, field))
}

fn energy(case: &Value, field: &str) -> Energy {
    Energy::new(int(case, field))
}

fn rate(case: &Value) -> EnergyRate {
    EnergyRate { total_energy: energy(case, "total_limit"), total_weight: int(case, "total_weight") }
}

#[test]
fn limits_are_exact() {
    for case in cases("limit") {
        assert_eq!(limit(sun(&case, "sun"), &rate(&case)), energy(&case, "energy"), "{case}");
    }
}

#[test]
fn stake_for_energy_gives_at_least_what_is_wanted() {
    for case in cases("sun_for_energy") {
        let (held, wanted, rate) = (sun(&case, "receiver_sun_before"), energy(&case, "energy_wanted"), rate(&case));
        let stake = stake_for(held, wanted, &rate).unwrap();
        assert_eq!(stake, sun(&case, "ceil_formula_sun"), "{case}");
        assert_eq!(gain(held, stake, &rate), Ok(energy(&case, "energy_gained_at_ceil")), "{case}");
        let least = sun(&case, "min_extra_sun");
        assert_eq!(gain(held, least, &rate), Ok(energy(&case, "energy_gained_at_min")), "{case}");
        assert!(gain(held, least.minus(Sun::new(1)).unwrap(), &rate).unwrap() < wanted, "{case}");
    }
}

#[test]
fn what_can_be_lent_is_exact() {
    for case in cases("can_delegate") {
        let stake = Stake {
            own: sun(&case, "frozen_v2_sun"),
            own_v1: sun(&case, "frozen_v1_sun"),
            borrowed: sun(&case, "acquired_sun"),
            used: energy(&case, "energy_used_now"),
        };
        assert_eq!(stake.used_stake(&rate(&case)), sun(&case, "usage_sun"), "{case}");
        assert_eq!(stake.lendable(&rate(&case)), sun(&case, "max_size"), "{case}");
    }
}

#[test]
fn recovery_windows_merge_exactly() {
    for case in cases("usage_merge") {
        let before = Usage {
            amount: energy(&case, "last_usage"),
            at: Slot(int(&case, "last_slot")),
            window: Window::from_thousandths(int(&case, "window_x1000")),
        };
        let after = before.plus(energy(&case, "add_usage"), Slot(int(&case, "now_slot")));
        assert_eq!(after.amount, energy(&case, "new_usage"), "{case}");
        assert_eq!(after.window.thousandths(), int(&case, "new_window_x1000"), "{case}");
    }
}

#[test]
fn returned_usage_is_exact() {
    for case in cases("undelegate_transfer") {
        let (taken, all) = (sun(&case, "undelegate_sun"), sun(&case, "receiver_all_frozen_sun"));
        let returned = returned_usage(energy(&case, "receiver_usage"), taken, all, &rate(&case));
        assert_eq!(returned, energy(&case, "transferred_usage"), "{case}");
    }
}

#[test]
fn used_energy_recovers_in_a_line_over_a_day() {
    let used = Usage { amount: Energy::ZERO, at: Slot(0), window: Window::DAY };
    let used = used.plus(Energy::new(28_800_000), Slot(0));
    assert_eq!(used.as_of(Slot(7_200)).amount, Energy::new(21_600_000));
    assert_eq!(used.as_of(Slot(14_400)).amount, Energy::new(14_400_000));
    assert_eq!(used.as_of(Slot(28_800)).amount, Energy::ZERO);
}

#[test]
fn what_comes_back_keeps_the_window_of_who_used_it() {
    let idle = Usage { amount: Energy::ZERO, at: Slot(0), window: Window::DAY };
    let half_a_day = Window::from_thousandths(14_400_000);
    let lender = idle.with_returned(Energy::new(1_000), half_a_day, Slot(50));
    assert_eq!((lender.amount, lender.window), (Energy::new(1_000), half_a_day));
    let busy = Usage { amount: Energy::new(1_000), at: Slot(50), window: Window::DAY };
    let both = busy.with_returned(Energy::new(1_000), half_a_day, Slot(50));
    assert_eq!((both.amount, both.window.thousandths()), (Energy::new(2_000), 21_600_000));
}

#[test]
fn without_stakers_there_is_no_energy_and_no_price() {
    let nobody = EnergyRate { total_energy: Energy::new(180_000_000_000), total_weight: 0 };
    assert_eq!(limit(Sun::TRX, &nobody), Energy::ZERO);
    assert!(stake_for(Sun::ZERO, Energy::new(1), &nobody).is_err());
    assert!(
        stake_for(
            Sun::ZERO,
            Energy::new(i64::MAX),
            &EnergyRate { total_energy: Energy::new(1), total_weight: i64::MAX }
        )
        .is_err()
    );
}
