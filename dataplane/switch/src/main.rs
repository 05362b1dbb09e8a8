//! The program is the library's [`swerve_switch::run`].

fn main() -> std::process::ExitCode {
    swerve_switch::run()
}
