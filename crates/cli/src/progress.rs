//! The progress bar while migrations or tasks run: position and total, elapsed time, and what is waited for or done. Shown on
//! a terminal only.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use barqnet_db::{maintenance, migrate::Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

const CHECKING: &str = "{spinner} {elapsed} {prefix}";
const MAINTAINING: &str = "{spinner} {bar:20} {pos}/{len} {elapsed} {prefix}: {msg}";
const MIGRATING: &str = "{spinner} {bar:20} {pos}/{len} {elapsed} {prefix}";
const WAITING_TO_BEGIN: &str = "{spinner} {elapsed} {prefix}\n  {wide_msg}";
const WAITING: &str = "{spinner} {bar:20} {pos}/{len} {elapsed} {prefix}\n  {wide_msg}";

/// The bar that is on the terminal.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// The bar; dropping the value removes it.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(place: &str) -> Self {
        let bar = if output::is_quiet() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let this = Self(bar.with_prefix(format!("checking {place}")));
        this.style(CHECKING);
        this.0.enable_steady_tick(Duration::from_millis(100));
        set_shown(Some(this.0.clone()));
        this
    }

    /// Shows a step of the run.
    pub(crate) fn show(&self, step: &Progress) {
        match step {
            Progress::WaitingForRunner { lock_holder } => {
                self.style(WAITING_TO_BEGIN);
                self.0.set_prefix("waiting for another runner");
                self.0.set_message(lock_holder.clone());
            }
            Progress::Started { migration, position, total } => {
                self.0.set_prefix(migration.clone());
                self.0.set_length(length(*total));
                // The bar counts finished migrations.
                self.0.set_position(length(*position - 1));
                self.style(MIGRATING);
            }
            Progress::WaitingForLock { blocker, .. } => {
                self.style(WAITING);
                self.0.set_message(format!("waiting for {}", blocker.as_deref().unwrap_or("a lock")));
            }
            _ => {}
        }
    }

    /// Shows why there is no connection yet.
    pub(crate) fn waiting_for(&self, place: &str, problem: &impl ToString) {
        self.style(WAITING_TO_BEGIN);
        self.0.set_prefix(format!("waiting for {place}"));
        self.0.set_message(problem.to_string());
    }

    /// Shows a step of the maintenance.
    pub(crate) fn maintaining(&self, step: &maintenance::Progress) {
        match step {
            maintenance::Progress::Started { task, position, total } => {
                self.0.set_prefix(task.name());
                self.0.set_message(task.about());
                self.0.set_length(length(*total));
                self.0.set_position(length(*position - 1));
                self.style(MAINTAINING);
            }
            maintenance::Progress::Advanced { task, done } => {
                self.0.set_message(format!("{}, {done} {} so far", task.about(), task.unit()));
            }
            _ => {}
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        set_shown(None);
    }
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn set_shown(bar: Option<ProgressBar>) {
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Standard error for lines while the bar is shown: it is hidden while one is written.
#[derive(Debug)]
pub(crate) struct StderrAroundBar;

impl Write for StderrAroundBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bar = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_counts_tasks_and_what_the_current_one_has_done() {
        let bar = Bar(ProgressBar::hidden());
        let task = maintenance::task("audit").unwrap();
        bar.maintaining(&maintenance::Progress::Started { task, position: 3, total: 9 });
        assert_eq!((bar.0.position(), bar.0.length(), bar.0.prefix()), (2, Some(9), "audit".to_owned()));
        bar.maintaining(&maintenance::Progress::Advanced { task, done: 500 });
        assert_eq!(bar.0.message(), "delete audit entries, 500 rows so far");
    }

    #[test]
    fn the_bar_names_the_migration_and_what_blocks_it() {
        let migration = || "V2__widen".to_owned();
        let bar = Bar(ProgressBar::hidden());
        bar.show(&Progress::Started { migration: migration(), position: 2, total: 3 });
        assert_eq!((bar.0.position(), bar.0.length(), bar.0.prefix()), (1, Some(3), migration()));
        let blocker = Some("process 7".to_owned());
        bar.show(&Progress::WaitingForLock { migration: migration(), blocker });
        assert_eq!((bar.0.prefix(), bar.0.message()), (migration(), "waiting for process 7".to_owned()));
    }
}
