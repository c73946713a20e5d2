//! Notices a page that was built anew, so that the binary never carries an older one.

use std::io;

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    // Without optimisation the page is not carried: it is read from where it lies.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        // What is watched must exist, or cargo would build this anew each time.
        std::fs::create_dir_all("../target/page")?;
        println!("cargo:rerun-if-changed=../target/page");
    }
    Ok(())
}
