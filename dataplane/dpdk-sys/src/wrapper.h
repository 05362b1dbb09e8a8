/*
 * What swerve uses of DPDK. bindgen turns this into Rust; static inline functions get a C wrapper of their own.
 *
 * DPDK moves bit-fields and anonymous unions between releases (rte_mbuf and rte_eth_link changed in 24.11). What
 * swerve reads of them goes through the offsets and functions below, whose names do not move.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <rte_config.h>
#include <rte_alarm.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_version.h>

enum swerve_mbuf_offset {
	SWERVE_MBUF_BUF_ADDR = offsetof(struct rte_mbuf, buf_addr),
	SWERVE_MBUF_DATA_OFF = offsetof(struct rte_mbuf, data_off),
	SWERVE_MBUF_NB_SEGS = offsetof(struct rte_mbuf, nb_segs),
	SWERVE_MBUF_PORT = offsetof(struct rte_mbuf, port),
	SWERVE_MBUF_PKT_LEN = offsetof(struct rte_mbuf, pkt_len),
	SWERVE_MBUF_DATA_LEN = offsetof(struct rte_mbuf, data_len),
	SWERVE_MBUF_BUF_LEN = offsetof(struct rte_mbuf, buf_len),
};

/* A macro that bindgen cannot evaluate. */
enum swerve_port_flag {
	SWERVE_PORT_LINK_EVENTS = RTE_ETH_DEV_INTR_LSC,
};

struct swerve_link {
	uint32_t speed_mbps;
	uint8_t up;
	uint8_t full_duplex;
	uint8_t autoneg;
};

static inline int
swerve_link_get_nowait(uint16_t port, struct swerve_link *out)
{
	struct rte_eth_link link;
	int rc = rte_eth_link_get_nowait(port, &link);

	if (rc != 0)
		return rc;
	out->speed_mbps = link.link_speed;
	out->up = link.link_status;
	out->full_duplex = link.link_duplex;
	out->autoneg = link.link_autoneg;
	return 0;
}

static inline int
swerve_errno(void)
{
	return rte_errno;
}

/* What a port with several receive queues spreads by: addresses, and ports where there are any. */
static inline uint64_t
swerve_rss_flows(void)
{
	return RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
}

/* A stdio stream that hands every flushed line to `write`. NULL when memory is short. */
static inline FILE *
swerve_log_stream(ssize_t (*write)(void *cookie, const char *text, size_t size))
{
	cookie_io_functions_t io = { .write = write };
	FILE *stream = fopencookie(NULL, "w", io);

	if (stream != NULL)
		setvbuf(stream, NULL, _IOLBF, 4096);
	return stream;
}
