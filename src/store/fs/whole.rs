//! syncfs(2): Linux alone has it, and only known file systems are believed.

use std::io;
use std::os::fd::OwnedFd;

use super::Flushing;

/// Flushes the file system that a directory lies on, and reports what failed on it since the directory was opened.
#[cfg(target_os = "linux")]
pub(super) fn sync(dir: &OwnedFd) -> io::Result<()> {
    Ok(rustix::fs::syncfs(dir)?)
}

/// See the Linux version.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync(_dir: &OwnedFd) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether syncfs can be relied upon for what is written below a directory.
///
/// Before 5.8 the kernel did not report write-back errors through it. Of file systems not named here (overlay, network
/// and user-space ones) it is not known that an error below them reaches the caller: they get a flush for each file.
#[cfg(target_os = "linux")]
pub(super) fn flushing(dir: &OwnedFd) -> Flushing {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    const EXT: u64 = 0xef53;
    const XFS: u64 = 0x5846_5342;
    const BTRFS: u64 = 0x9123_683e;
    const F2FS: u64 = 0xf2f5_2010;
    let Ok(about) = rustix::fs::fstatfs(dir) else { return Flushing::Each };
    // The type is signed and of the word's size here and there; the magic numbers are 32 bits.
    match (about.f_type as u64) & 0xffff_ffff {
        TMPFS | RAMFS => Flushing::Nothing,
        EXT | XFS | BTRFS | F2FS if kernel_is_at_least(5, 8) => Flushing::Whole,
        _ => Flushing::Each,
    }
}

/// See the Linux version.
#[cfg(not(target_os = "linux"))]
pub(super) fn flushing(_dir: &OwnedFd) -> Flushing {
    Flushing::Each
}

#[cfg(target_os = "linux")]
fn kernel_is_at_least(major: u32, minor: u32) -> bool {
    let about = rustix::system::uname();
    release(&about.release().to_string_lossy()).is_some_and(|found| found >= (major, minor))
}

/// The first two numbers of a kernel release such as `6.18.44-fc-v769`.
#[cfg(target_os = "linux")]
fn release(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn kernel_releases_are_compared_as_numbers() {
        assert_eq!(release("6.18.44-fc-v769"), Some((6, 18)));
        assert_eq!(release("5.10"), Some((5, 10)));
        assert!(release("5.10").unwrap() > (5, 8));
        assert_eq!(release("odd"), None);
    }

    #[test]
    fn memory_needs_no_flush() {
        let Ok(dir) = rustix::fs::open("/dev/shm", rustix::fs::OFlags::DIRECTORY, rustix::fs::Mode::empty()) else {
            return;
        };
        assert_eq!(flushing(&dir), Flushing::Nothing);
    }
}
