//! The programme's days, for what is told some days ahead.

use super::State;
use crate::machine::Stop;
use crate::policy::Calendar;

impl State {
    /// The programme's time zone, by its name.
    ///
    /// # Errors
    /// There is no zone of that name.
    pub fn load_zone(&mut self, name: &str) -> Result<(), String> {
        let calendar = Calendar::of_zone(name);
        self.calendar = Some(calendar.ok_or_else(|| format!("{name} is no time zone"))?);
        Ok(())
    }

    /// As if only these were locked.
    #[cfg(test)]
    pub(in crate::machine) fn lock_only(&mut self, owners: Vec<crate::accounts::Owner>) {
        self.locked = owners.into_iter().collect();
    }

    /// The programme's days; only commands that need them have them read.
    pub(in crate::machine) fn calendar(&self) -> Result<&Calendar, Stop> {
        let missing = || Stop::Fault("the programme's time zone was not read".to_owned());
        self.calendar.as_ref().ok_or_else(missing)
    }
}
