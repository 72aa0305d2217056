//! The exit codes.

use std::process::ExitCode;

use barqnet_db::migrate::State;

/// How a command ended. [`code`](Self::code) is the exit code of the program; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: done; for `status` and `plan`: up to date; for `doctor`: no problem.
    Done,
    /// 1: the operation failed; for `doctor`: there is a problem; for `maintain`: a task failed.
    Failed,
    /// 2: an argument, variable, URL or folder can't be used; nothing was attempted.
    Usage,
    /// 3: no connection to the database; for a command that writes: the server accepts no writes.
    NoConnection,
    /// 4: migrations are pending, for `status` and `plan`.
    Pending,
    /// 5: newer migrations are applied than this build has, for `status` and `plan`.
    Ahead,
    /// 6: other migrations are applied than this build's, or in another order, for `status` and `plan`.
    Diverged,
    /// 128 and the number of the signal that stopped the command, as shells report it.
    Stopped(u8),
}

impl Exit {
    /// The exit code of `status` and `plan`.
    pub(crate) fn of(state: State) -> Self {
        match state {
            State::UpToDate => Self::Done,
            State::Pending => Self::Pending,
            State::Ahead => Self::Ahead,
            State::Diverged => Self::Diverged,
        }
    }

    /// The exit code of the program.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoConnection => 3,
            Self::Pending => 4,
            Self::Ahead => 5,
            Self::Diverged => 6,
            Self::Stopped(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
