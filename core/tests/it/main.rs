//! The use cases over the memory store and the fake chain.

mod crashes;
mod histories;
mod lifecycle;
mod order_of_calls;
mod placing;
mod story;
