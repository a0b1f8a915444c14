//! What our own staff looks at and does: the platform as a whole.

pub mod jobs;
pub mod organizers;
pub mod overview;
pub mod staff;
pub mod switches;
pub mod users;
pub mod visits;
