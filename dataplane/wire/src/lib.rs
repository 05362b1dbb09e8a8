//! Packet formats: borrowed views and owned representations
