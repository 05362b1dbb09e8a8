//! Bidirectional Forwarding Detection (RFC 5880, 5881) without clock or socket
