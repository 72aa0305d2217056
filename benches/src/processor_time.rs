//! Processor time that was used so far, in seconds, as Linux counts it.

use std::{error::Error, fs, path::Path};

use barqnet_db_throwaway::Server;

/// Of a process with one thread, such as a session of a server; exact to a microsecond.
pub(crate) fn of_session(process: i32) -> Result<f64, Box<dyn Error>> {
    let times = fs::read_to_string(format!("/proc/{process}/schedstat"))?;
    let nanoseconds: f64 = times.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}

/// Of a server with all its sessions, also those that have ended.
pub(crate) fn of_server(server: &Server) -> Result<f64, Box<dyn Error>> {
    of_server_in(&server.folder().join("data"))
}

/// Of the server whose data is in this folder.
pub(crate) fn of_server_in(data: &Path) -> Result<f64, Box<dyn Error>> {
    let pid_file = fs::read_to_string(data.join("postmaster.pid"))?;
    let postmaster = pid_file.lines().next().ok_or("postmaster.pid is empty")?;
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
    let mut seconds = of_process(postmaster, true)?;
    for child in children.split_whitespace() {
        // One that has ended meanwhile counts as its parent's.
        seconds += of_process(child, false).unwrap_or_default();
    }
    Ok(seconds)
}

/// Of this program.
pub(crate) fn of_this_program() -> Result<f64, Box<dyn Error>> {
    of_process("self", false)
}

/// Of one process, in user and in system mode, and of its children that have ended.
fn of_process(process: &str, with_ended_children: bool) -> Result<f64, Box<dyn Error>> {
    /// Linux counts in hundredths of a second here, whatever its timer does.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, can have spaces. utime, stime, cutime and cstime are the 14th to 17th fields, the 12th after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("no process")?;
    let count = if with_ended_children { 4 } else { 2 };
    let ticks = fields.split_whitespace().skip(11).take(count).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}
