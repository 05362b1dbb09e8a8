//! Messages between the processes of swerve
