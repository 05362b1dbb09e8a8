/*
   SRv6 endpoint node: H.Encaps, End, End.X, End.DT4, End.DX2, and B6 insertion, with a real segment stack.
*/
#include<core.p4>
#include<v1model.p4>

typedef bit<128> Ipv6Address; typedef bit<48> EthernetAddress;
const bit<16> TYPE_IPV6=0x86dd;const bit<16> TYPE_IPV4=0x0800;
const bit<8> NH_SRH=43; const bit<8> NH_IPV4=4; const bit<8> NH_IPV6=41; const bit<8> NH_ETH=143;
#define MAX_SEGMENTS 6

header Ethernet{EthernetAddress dst;EthernetAddress src;bit<16> etype;}
header Ipv6{bit<4> version;bit<8> tc;bit<20> flow;bit<16> plen;bit<8> nh;bit<8> hop;Ipv6Address src;Ipv6Address dst;}
header Srh{bit<8> nh;bit<8> hdrlen;bit<8> rtype;bit<8> left;bit<8> last;bit<8> flags;bit<16> tag;}
header Segment{Ipv6Address sid;}
header Ipv4{bit<4> version;bit<4> ihl;bit<8> tos;bit<16> tot;bit<16> id;bit<16> frag;bit<8> ttl;bit<8> proto;bit<16> sum;bit<32> src;bit<32> dst;}

struct Outer{Ipv6 ip;Srh srh;Segment[MAX_SEGMENTS] sl;}
struct Inner{Ethernet eth;Ipv6 v6;Ipv4 v4;}
struct Headers{Ethernet eth;Outer o;Inner i;}
struct Meta{bit<8> seen;bit<1> local;Ipv6Address nexthop;}
error{SegmentsInconsistent,NotRouting4}

parser SrhParser(packet_in pkt,out Srh srh,out Segment[MAX_SEGMENTS] segs)(bit<8> limit){
  bit<8> n;
  state start{
    pkt.extract(srh);
    verify(srh.rtype==4,error.NotRouting4);
    verify(srh.hdrlen==((srh.last+1)<<1)&&srh.last<limit&&srh.left<=srh.last,error.SegmentsInconsistent);
    n=srh.last;
    transition one;
  }
  state one{
    pkt.extract(segs.next);
    n=n-1;
    transition select(n){0xff:accept;default:one;}
  }
}
parser Prs(packet_in pkt,out Headers h,inout Meta m,inout standard_metadata_t s){
  SrhParser(MAX_SEGMENTS) srhp;
  state start{pkt.extract(h.eth);transition select(h.eth.etype){TYPE_IPV6:v6;TYPE_IPV4:in4;default:accept;}}
  state v6{pkt.extract(h.o.ip);transition select(h.o.ip.nh){NH_SRH:srh;NH_IPV4:in4;NH_IPV6:in6;NH_ETH:ineth;default:accept;}}
  state srh{srhp.apply(pkt,h.o.srh,h.o.sl);transition select(h.o.srh.nh){NH_IPV4:in4;NH_IPV6:in6;NH_ETH:ineth;default:accept;}}
  state in4{pkt.extract(h.i.v4);transition accept;}
  state in6{pkt.extract(h.i.v6);transition accept;}
  state ineth{pkt.extract(h.i.eth);transition accept;}
}
control Vrf(inout Headers h,inout Meta m){apply{}}
control Ing(inout Headers h,inout Meta m,inout standard_metadata_t s){
  action Drop(){mark_to_drop(s);}
  action pop_srh(){
    h.o.ip.nh=h.o.srh.nh;
    h.o.ip.plen=h.o.ip.plen-8-((bit<16>)h.o.srh.hdrlen<<3);
    h.o.srh.setInvalid();
    h.o.sl.pop_front(MAX_SEGMENTS);
  }
  action End(){
    h.o.srh.left=h.o.srh.left-1;
    h.o.ip.dst=h.o.sl[h.o.srh.left].sid;
    m.local=0;
  }
  action EndX(bit<9> port,EthernetAddress mac){End();s.egress_spec=port;h.eth.dst=mac;m.local=1;}
  action EndPsp(){End();if(h.o.srh.left==0){pop_srh();}}
  action EndDT4(){
    if(!h.i.v4.isValid()){mark_to_drop(s);exit;}
    h.o.ip.setInvalid();h.o.srh.setInvalid();
    h.o.sl[0].setInvalid();h.o.sl[1].setInvalid();h.o.sl[2].setInvalid();h.o.sl[3].setInvalid();h.o.sl[4].setInvalid();h.o.sl[5].setInvalid();
    h.eth.etype=TYPE_IPV4;
    m.local=0;
  }
  action EndDX2(bit<9> port){
    if(!h.i.eth.isValid()){mark_to_drop(s);exit;}
    h.eth=h.i.eth;h.i.eth.setInvalid();h.o.ip.setInvalid();h.o.srh.setInvalid();h.o.sl.pop_front(6);
    s.egress_spec=port;m.local=1;
  }
  action Insert(Ipv6Address a){ // one segment in front of the segs
    h.o.sl.push_front(1);
    h.o.sl[0].setValid();
    h.o.sl[0].sid=h.o.ip.dst;
    h.o.srh.setValid();
    h.o.srh.nh=h.o.ip.nh;h.o.srh.rtype=4;h.o.srh.hdrlen=4;h.o.srh.last=1;h.o.srh.left=1;
    h.o.sl[1].setValid();h.o.sl[1].sid=a;
    h.o.ip.nh=NH_SRH;h.o.ip.plen=h.o.ip.plen+40;h.o.ip.dst=a;
    m.local=0;
  }
  table sids{key={h.o.ip.dst:lpm;h.o.srh.isValid():exact;}actions={End;EndX;EndPsp;EndDT4;EndDX2;Insert;NoAction;}const default_action=NoAction;}

  action Encap(Ipv6Address from,Ipv6Address s0,Ipv6Address s1,Ipv6Address s2,bit<8> count,bit<8> proto){
    bit<16> len=h.i.v4.isValid()?h.i.v4.tot:h.i.v6.plen+40;
    h.o.ip.setValid();
    h.o.ip={6,0,0,len+8+((bit<16>)count<<4),NH_SRH,64,from,s0};
    h.o.srh={proto,count<<1,4,count-1,count-1,0,0};
    h.o.sl[0]={s2};
    if(count>1)h.o.sl.push_front(0+1);
    if(count>1)h.o.sl[0]={s1};
    if(count==3){h.o.sl[2]=h.o.sl[1];h.o.sl[1]=h.o.sl[0];h.o.sl[0]={s2};h.o.sl[1]={s1};h.o.sl[2]={s0};}
    else if(count==2){h.o.sl[0]={s1};h.o.sl[1]={s0};}
    else h.o.sl[0]={s0};
    h.eth.etype=TYPE_IPV6;
  }
  table policy{key={h.i.v4.dst:ternary;h.i.v4.isValid():exact;s.ingress_port:optional;}actions={Encap;NoAction;}default_action=NoAction();}
  action Out(bit<9> port,EthernetAddress d){s.egress_spec=port;h.eth.src=h.eth.dst;h.eth.dst=d;}
  table fib6{key={h.o.ip.dst:lpm;}actions={Out;Drop;}default_action=Drop();}
  table fib4{key={h.i.v4.dst:lpm;}actions={Out;Drop;}default_action=Drop();}
  apply{
    m.local=0;
    if(s.parser_error!=error.NoError){Drop();return;}
    if(h.o.ip.isValid()){
      sids.apply();
    }else if(h.i.v4.isValid()){
      policy.apply();
    }
    if(m.local==1)return;
    if(h.o.ip.isValid()){
      if(h.o.ip.hop<=1){Drop();return;}
      h.o.ip.hop=h.o.ip.hop-1;
      fib6.apply();
    }else if(h.i.v4.isValid())fib4.apply();else Drop();
  }
}
control Egr(inout Headers h,inout Meta m,inout standard_metadata_t s){apply{}}
control Cks(inout Headers h,inout Meta m){apply{}}
control Dep(packet_out pkt,in Headers h){apply{pkt.emit(h);}}
V1Switch(Prs(),Vrf(),Ing(),Egr(),Cks(),Dep())main;
