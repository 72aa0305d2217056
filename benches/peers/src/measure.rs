//! Counts processor time and allocations.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};

use crate::peer::Result;

/// The system's allocator, which counts while [`COUNTING`] is set. While it is not, a read of a flag is all that it costs.
pub(crate) struct CountingAllocator;

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(size: usize) {
    if COUNTING.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size as u64, Relaxed);
    }
}

#[expect(unsafe_code, reason = "an allocator is unsafe to implement; this one passes every call on")]
// SAFETY: every call goes to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How often and how much was allocated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allocations {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
}

/// Starts to count, from zero.
pub(crate) fn count_allocations() {
    ALLOCATIONS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
}

/// Stops, and returns what was counted.
pub(crate) fn counted_allocations() -> Allocations {
    COUNTING.store(false, Relaxed);
    Allocations { number: ALLOCATIONS.load(Relaxed), bytes: BYTES.load(Relaxed) }
}

/// The processor time of this process so far, or of its children that have ended.
pub(crate) fn cpu_time(of: UsageWho) -> Result<Duration> {
    let usage = getrusage(of)?;
    let duration = |time: TimeVal| -> Result<Duration> {
        Ok(Duration::new(time.tv_sec().try_into()?, u32::try_from(time.tv_usec())? * 1000))
    };
    Ok(duration(usage.user_time())? + duration(usage.system_time())?)
}

/// The processor time of a server's processes so far, by process.
pub(crate) fn server_cpu_time(folder: &Path) -> Result<BTreeMap<u32, Duration>> {
    let file = fs::read_to_string(folder.join("data/postmaster.pid"))?;
    let postmaster = file.lines().next().ok_or("postmaster.pid is empty")?.to_owned();
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
    let mut times = BTreeMap::new();
    for child in children.split_whitespace() {
        // A process that ends meanwhile has no file any more.
        let Ok(times_of_child) = fs::read_to_string(format!("/proc/{child}/schedstat")) else { continue };
        let nanoseconds = times_of_child.split(' ').next().unwrap_or_default().trim().parse()?;
        times.insert(child.parse()?, Duration::from_nanos(nanoseconds));
    }
    Ok(times)
}

/// The processor time between two reads. A process that only one of them has is left out.
pub(crate) fn between(before: &BTreeMap<u32, Duration>, after: &BTreeMap<u32, Duration>) -> Duration {
    after.iter().filter_map(|(process, time)| Some(time.saturating_sub(*before.get(process)?))).sum()
}
