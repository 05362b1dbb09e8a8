// Multicast by VLAN and group address: the group's copies leave by every member's port but the one that the packet came in
// by, with the VLAN of the member.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> kind;
}

header vlan_t {
    bit<3> priority;
    bit<1> dei;
    bit<12> id;
    bit<16> kind;
}

struct headers_t {
    ethernet_t ethernet;
    vlan_t[2] vlan;
}

struct meta_t {
    bit<12> vlan;
    bit<9> came_by;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.kind) {
            0x8100: tag;
            0x88a8: tag;
            default: accept;
        }
    }
    state tag {
        pkt.extract(hdr.vlan.next);
        transition select(hdr.vlan.last.kind) {
            0x8100: tag;
            default: accept;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action flood(bit<16> group) {
        std.mcast_grp = group;
    }
    action to(bit<9> port) {
        std.egress_spec = port;
    }
    action drop() {
        mark_to_drop(std);
    }
    table stations {
        key = {
            meta.vlan: exact @name("vlan");
            hdr.ethernet.dst: exact @name("station");
        }
        actions = { to; @defaultonly NoAction; }
        size = 1024;
    }
    table groups {
        key = {
            meta.vlan: exact @name("vlan");
            hdr.ethernet.dst: ternary @name("address");
        }
        actions = { flood; drop; }
        const default_action = drop();
    }
    apply {
        meta.came_by = std.ingress_port;
        meta.vlan = hdr.vlan[0].isValid() ? hdr.vlan[0].id : 12w1;
        if (hdr.ethernet.dst[40:40] == 1) {
            groups.apply();
        } else if (stations.apply().miss) {
            groups.apply();
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action untagged() {
        hdr.ethernet.kind = hdr.vlan[0].kind;
        hdr.vlan.pop_front(1);
    }
    action tagged(bit<12> id) {
        hdr.vlan[0].id = id;
    }
    action added(bit<12> id) {
        hdr.vlan.push_front(1);
        hdr.vlan[0] = { 0, 0, id, hdr.ethernet.kind };
        hdr.ethernet.kind = 0x8100;
    }
    table members {
        key = {
            std.egress_rid: exact @name("rid");
            hdr.vlan[0].isValid(): exact @name("tagged");
        }
        actions = { untagged; tagged; added; NoAction; }
        default_action = NoAction();
    }
    apply {
        if (std.instance_type == 5 && std.egress_port == meta.came_by) {
            mark_to_drop(std);
            exit;
        }
        members.apply();
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr.ethernet);
        pkt.emit(hdr.vlan);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
