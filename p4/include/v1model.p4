// The v1model architecture: parser, checksum verification, ingress, egress, checksum update, deparser.
//
// A program chooses its generation with `#define V1MODEL_VERSION` before the include:
//   20180101  ports are bit<9>, the indices of counters, meters and registers bit<32>; also when nothing is said
//   20200408  ports are PortId_t, the index type of counters, meters and registers is a type parameter
// By the name here it is known to copies that programs bring along, as core.p4 is.
#ifndef _V1_MODEL_P4_
#define _V1_MODEL_P4_

#include <core.p4>

#ifndef V1MODEL_VERSION
#define V1MODEL_VERSION 20180101
#endif

const bit<32> __v1model_version = V1MODEL_VERSION;

match_kind {
    range,
    optional,
    // What an action_selector chooses by; no part of the match.
    selector
}

#if V1MODEL_VERSION >= 20200408
typedef bit<9> PortId_t;
#endif

@metadata @name("standard_metadata")
struct standard_metadata_t {
#if V1MODEL_VERSION >= 20200408
    PortId_t ingress_port;
    PortId_t egress_spec;
    PortId_t egress_port;
#else
    // Where the packet came in.
    bit<9>   ingress_port;
    // Where ingress wants it to go out; 511 drops it.
    bit<9>   egress_spec;
    // Where it will go out; set when egress begins.
    bit<9>   egress_port;
#endif
    // 0 as received, 1 and 2 cloned from ingress and egress, 4 recirculated, 5 of a multicast group, 6 resubmitted.
    bit<32>  instance_type;
    // Bytes.
    bit<32>  packet_length;
    // Of the queue between ingress and egress: microseconds and packets.
    bit<32>  enq_timestamp;
    bit<19>  enq_qdepth;
    bit<32>  deq_timedelta;
    bit<19>  deq_qdepth;
    // Microseconds since the switch began.
    bit<48>  ingress_global_timestamp;
    bit<48>  egress_global_timestamp;
    // Multicast group that the packet is sent to; 0: none.
    bit<16>  mcast_grp;
    // The replica's number within its group.
    bit<16>  egress_rid;
    // 1 when verify_checksum saw a wrong sum.
    bit<1>   checksum_error;
    // What ended the parser.
    error    parser_error;
    bit<3>   priority;
}

enum CounterType {
    packets,
    bytes,
    packets_and_bytes
}

enum MeterType {
    packets,
    bytes
}

enum CloneType {
    I2E,
    E2E
}

enum HashAlgorithm {
    crc32,
    crc32_custom,
    crc16,
    crc16_custom,
    random,
    identity,
    csum16,
    xor16
}

// The colours that meters give.
#define V1MODEL_METER_COLOR_GREEN  0
#define V1MODEL_METER_COLOR_YELLOW 1
#define V1MODEL_METER_COLOR_RED    2

// ---- objects ----

// An index out of range does nothing in what follows; reading there gives zero.

#if V1MODEL_VERSION >= 20200408
extern counter<I> {
    counter(bit<32> size, CounterType type);
    void count(in I index);
}
#else
extern counter {
    counter(bit<32> size, CounterType type);
    void count(in bit<32> index);
}
#endif

// One counter for each entry of the table that names it in its `counters`.
extern direct_counter {
    direct_counter(CounterType type);
    void count();
}

// Two rates, three colours (RFC 2698); green until the rates are set.
#if V1MODEL_VERSION >= 20200408
extern meter<I> {
    meter(bit<32> size, MeterType type);
    void execute_meter<T>(in I index, out T result);
}
#else
extern meter {
    meter(bit<32> size, MeterType type);
    void execute_meter<T>(in bit<32> index, out T result);
}
#endif

// One meter for each entry of the table that names it in its `meters`.
extern direct_meter<T> {
    direct_meter(MeterType type);
    void read(out T result);
}

#if V1MODEL_VERSION >= 20200408
extern register<T, I> {
    register(bit<32> size);
    @noSideEffects
    void read(out T result, in I index);
    void write(in I index, in T value);
}
#else
extern register<T> {
    register(bit<32> size);
    @noSideEffects
    void read(out T result, in bit<32> index);
    void write(in bit<32> index, in T value);
}
#endif

// A table's `implementation`: entries share the members of the profile.
extern action_profile {
    action_profile(bit<32> size);
}

// Likewise with groups of members, one of which is chosen by a hash over the `selector` keys.
extern action_selector {
    action_selector(HashAlgorithm algorithm, bit<32> size, bit<32> outputWidth);
}

@deprecated("use verify_checksum and update_checksum")
extern Checksum16 {
    Checksum16();
    bit<16> get<D>(in D data);
}

// ---- functions ----

// Uniform in lo ..= hi.
extern void random<T>(out T result, in T lo, in T hi);

// Sends the values to the control plane.
extern void digest<T>(in bit<32> receiver, in T data);

@deprecated("pass standard_metadata: mark_to_drop(standard_metadata)")
extern void mark_to_drop();

// Sets egress_spec to the port that drops and mcast_grp to 0.
@pure
extern void mark_to_drop(inout standard_metadata_t standard_metadata);

// base + (H mod max); base where max is 0.
@pure
extern void hash<O, T, D, M>(out O result, in HashAlgorithm algo, in T base, in D data, in M max);

// Sets checksum_error where the condition holds and the sum is another.
extern void verify_checksum<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);

// Computes the sum where the condition holds.
@pure
extern void update_checksum<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);

// The same two over the data and then what the parser left of the packet.
extern void verify_checksum_with_payload<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);

@noSideEffects
extern void update_checksum_with_payload<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);

// Of several calls of one control the last wins, in this and the next two families. What the field list with the index
// names (annotation @field_list) keeps its value; other metadata begins anew.
extern void clone(in CloneType type, in bit<32> session);

@deprecated("use clone_preserving_field_list and @field_list")
extern void clone3<T>(in CloneType type, in bit<32> session, in T data);

extern void clone_preserving_field_list(in CloneType type, in bit<32> session, bit<8> index);

@deprecated("use resubmit_preserving_field_list and @field_list")
extern void resubmit<T>(in T data);

extern void resubmit_preserving_field_list(bit<8> index);

@deprecated("use recirculate_preserving_field_list and @field_list")
extern void recirculate<T>(in T data);

extern void recirculate_preserving_field_list(bit<8> index);

// The packet that goes out has no more than so many bytes.
extern void truncate(in bit<32> length);

// The program promises that the condition holds; a packet for which it does not is reported.
extern void assert(in bool check);
extern void assume(in bool check);

// Each {} of the message stands for one value.
extern void log_msg(string msg);
extern void log_msg<T>(string msg, in T data);

// ---- the architecture ----

parser Parser<H, M>(packet_in b,
                    out H parsedHdr,
                    inout M meta,
                    inout standard_metadata_t standard_metadata);

control VerifyChecksum<H, M>(inout H hdr, inout M meta);

@pipeline
control Ingress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard_metadata);

@pipeline
control Egress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard_metadata);

control ComputeChecksum<H, M>(inout H hdr, inout M meta);

@deparser
control Deparser<H>(packet_out b, in H hdr);

package V1Switch<H, M>(Parser<H, M> p,
                       VerifyChecksum<H, M> vr,
                       Ingress<H, M> ig,
                       Egress<H, M> eg,
                       ComputeChecksum<H, M> ck,
                       Deparser<H> dep);

#endif
