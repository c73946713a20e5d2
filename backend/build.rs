//! Notices a page that was built anew, so that the binary never carries an older one.

use std::io;

fn main() -> io::Result<()> {
    // What is watched must exist, or cargo would build this anew each time.
    std::fs::create_dir_all("../target/page")?;
    println!("cargo:rerun-if-changed=../target/page");
    Ok(())
}
