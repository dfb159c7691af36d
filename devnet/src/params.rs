//! What the committee votes on: fees, totals and limits, as mainnet has them unless told otherwise.

use flash_core::units::{Energy, Sun};

/// The parameters of a network. The default is mainnet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Burned for each byte of bandwidth that neither stake nor the free allowance covers.
    pub fee_per_byte: Sun,
    /// Burned for activating an account when staked bandwidth does not cover the transaction.
    pub create_account_fee: Sun,
    /// Burned on top for activating an account.
    pub new_account_fee: Sun,
    /// Burned for each unit of Energy that stake does not cover.
    pub energy_fee: Sun,
    /// Burned by a transaction with more than one signature.
    pub multi_sign_fee: Sun,
    /// Burned by a transaction with a memo.
    pub memo_fee: Sun,
    /// Bandwidth that every account has in 24 hours without staking.
    pub free_bandwidth: i64,
    /// The network's staked bandwidth in 24 hours.
    pub total_bandwidth: i64,
    /// The network's Energy in 24 hours (`TotalEnergyCurrentLimit`).
    pub total_energy: Energy,
    /// Whole TRX that everybody else stakes for bandwidth.
    pub others_bandwidth_weight: i64,
    /// Whole TRX that everybody else stakes for Energy; it decides how much Energy a staked TRX gives.
    pub others_energy_weight: i64,
    /// Days between unstaking and withdrawing.
    pub unfreeze_delay_days: u32,
    /// The longest lock of a delegation, in slots of 3 seconds.
    pub max_lock_period: i64,
    /// The most signatures a transaction may carry.
    pub max_signatures: usize,
    /// The highest fee limit a contract call may name.
    pub max_fee_limit: Sun,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            fee_per_byte: Sun::new(1_000),
            create_account_fee: Sun::new(100_000),
            new_account_fee: Sun::new(1_000_000),
            energy_fee: Sun::new(100),
            multi_sign_fee: Sun::new(1_000_000),
            memo_fee: Sun::new(1_000_000),
            free_bandwidth: 600,
            total_bandwidth: 43_200_000_000,
            total_energy: Energy::new(180_000_000_000),
            others_bandwidth_weight: 27_000_000_000,
            others_energy_weight: 19_000_000_000,
            unfreeze_delay_days: 14,
            max_lock_period: 864_000,
            max_signatures: 5,
            max_fee_limit: Sun::new(15_000_000_000),
        }
    }
}

impl Params {
    /// The parameters by the names that `getchainparameters` gives them; a value of 0 is shown without a value.
    pub(crate) fn named(&self) -> [(&'static str, i64); 30] {
        [
            ("getMaintenanceTimeInterval", 21_600_000),
            ("getCreateAccountFee", self.create_account_fee.get()),
            ("getTransactionFee", self.fee_per_byte.get()),
            ("getCreateNewAccountFeeInSystemContract", self.new_account_fee.get()),
            ("getCreateNewAccountBandwidthRate", 1),
            ("getEnergyFee", self.energy_fee.get()),
            ("getMaxCpuTimeOfOneTx", 80),
            ("getAllowUpdateAccountName", 0),
            ("getAllowSameTokenName", 1),
            ("getAllowDelegateResource", 1),
            ("getTotalEnergyLimit", self.total_energy.get()),
            ("getAllowMultiSign", 1),
            ("getAllowAdaptiveEnergy", 0),
            ("getTotalEnergyCurrentLimit", self.total_energy.get()),
            ("getMultiSignFee", self.multi_sign_fee.get()),
            ("getForbidTransferToContract", 1),
            ("getAllowPBFT", 1),
            ("getMaxFeeLimit", self.max_fee_limit.get()),
            ("getAllowNewResourceModel", 0),
            ("getFreeNetLimit", self.free_bandwidth),
            ("getTotalNetLimit", self.total_bandwidth),
            ("getMemoFee", self.memo_fee.get()),
            ("getAllowDelegateOptimization", 1),
            ("getUnfreezeDelayDays", i64::from(self.unfreeze_delay_days)),
            ("getAllowDynamicEnergy", 1),
            ("getDynamicEnergyThreshold", 5_000_000_000),
            ("getDynamicEnergyMaxFactor", 34_000),
            ("getAllowCancelAllUnfreezeV2", 1),
            ("getMaxDelegateLockPeriod", self.max_lock_period),
            ("getConsensusLogicOptimization", 1),
        ]
    }
}
