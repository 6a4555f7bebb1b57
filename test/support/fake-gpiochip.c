/*
 * A GPIO chip for tests on hosts without one. Preloaded into a process, it answers at the boundary to the kernel what a
 * chip would, so that the real libgpiod (1.x speaks version 1 of the character device's ABI, 2.x version 2) is what runs.
 * The chip is /dev/gpiochip9, label "fake", eight lines; line 3 is named "REJECT".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH "/dev/gpiochip9"
#define LINES 8
#define MOST_FDS 4096

enum { FREE, OUTPUT, INPUT };

static struct {
	int use, fd, peer, abi, low, rising, falling, level;
	unsigned bias, sequence;
	char consumer[32];
} lines[LINES];
static char chips[MOST_FDS];

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int filled(const char *text) {
	int fd = memfd_create("fake", MFD_CLOEXEC);
	if (text) { ssize_t n = write(fd, text, strlen(text)); (void)n; lseek(fd, 0, SEEK_SET); }
	return fd;
}

static int opened(const char *path) {
	if (!strcmp(path, PATH)) {
		int fd = filled(NULL);
		chips[fd] = 1;
		return fd;
	}
	return strstr(path, "/sys/bus/gpio/devices/gpiochip9/dev") ? filled("254:9\n") : -1;
}

#define OPEN(name) \
	int name(const char *path, int flags, ...) { \
		va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
		int fd = opened(path); \
		return fd >= 0 ? fd : ((int (*)(const char *, int, mode_t))next(#name))(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

static void fill(struct stat *out) {
	memset(out, 0, sizeof *out);
	out->st_mode = S_IFCHR | 0600;
	out->st_rdev = makedev(254, 9);
}

#define STAT(name) \
	int name(const char *path, struct stat *out) { \
		if (!strcmp(path, PATH)) { fill(out); return 0; } \
		return ((int (*)(const char *, struct stat *))next(#name))(path, out); \
	}
STAT(lstat)
STAT(stat)
#define STAT64(name) \
	int name(const char *path, struct stat64 *out) { \
		if (!strcmp(path, PATH)) { fill((struct stat *)out); return 0; } \
		return ((int (*)(const char *, struct stat64 *))next(#name))(path, out); \
	}
STAT64(lstat64)
STAT64(stat64)

/* As a listing of /dev shows it. */
int scandir64(const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
	int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
	int (*real)() = next("scandir64");
	int count = real(path, list, filter, compare);
	if (count < 0 || strcmp(path, "/dev")) return count;
	*list = realloc(*list, (count + 1) * sizeof **list);
	struct dirent64 *entry = calloc(1, sizeof *entry);
	strcpy(entry->d_name, "gpiochip9");
	(*list)[count] = entry;
	return count + 1;
}

int access(const char *path, int mode) {
	if (strstr(path, "gpiochip9")) return 0;
	return ((int (*)(const char *, int))next("access"))(path, mode);
}

char *realpath(const char *path, char *out) {
	if (!strcmp(path, "/sys/dev/char/254:9/subsystem")) return out ? strcpy(out, "/sys/bus/gpio") : strdup("/sys/bus/gpio");
	return ((char *(*)(const char *, char *))next("realpath"))(path, out);
}

int close(int fd) {
	if (fd >= 0 && fd < MOST_FDS) chips[fd] = 0;
	for (int i = 0; i < LINES; i++)
		if (lines[i].use != FREE && lines[i].fd == fd) {
			((int (*)(int))next("close"))(lines[i].peer);
			lines[i].use = FREE;
		}
	return ((int (*)(int))next("close"))(fd);
}

/* Takes a line; what the peer writes is what a reader of its file descriptor gets. */
static int take(unsigned at, int abi, int use, int low, int rising, int falling, unsigned bias, const char *consumer) {
	int pair[2];
	if (at >= LINES) { errno = EINVAL; return -1; }
	if (lines[at].use != FREE) { errno = EBUSY; return -1; }
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return -1;
	lines[at].use = use; lines[at].fd = pair[0]; lines[at].peer = pair[1]; lines[at].abi = abi; lines[at].low = low;
	lines[at].rising = rising; lines[at].falling = falling; lines[at].bias = bias; lines[at].sequence = 0;
	strncpy(lines[at].consumer, consumer, 31);
	return pair[0];
}

static void drive(int at, int on) { lines[at].level = on ^ lines[at].low; }

static int of_fd(int fd) {
	for (int i = 0; i < LINES; i++) if (lines[i].use != FREE && lines[i].fd == fd) return i;
	return -1;
}

static const char *name_of(unsigned at) { return at == 3 ? "REJECT" : ""; }

static int output1(struct gpiohandle_request *r) {
	unsigned f = r->flags, at = r->lineoffsets[0];
	r->fd = take(at, 1, f & GPIOHANDLE_REQUEST_OUTPUT ? OUTPUT : INPUT, !!(f & GPIOHANDLE_REQUEST_ACTIVE_LOW), 0, 0,
		f & GPIOHANDLE_REQUEST_BIAS_PULL_UP ? 1 : f & GPIOHANDLE_REQUEST_BIAS_PULL_DOWN ? 2 : f & GPIOHANDLE_REQUEST_BIAS_DISABLE ? 3 : 0,
		r->consumer_label);
	if (r->fd < 0) return -1;
	if (f & GPIOHANDLE_REQUEST_OUTPUT) drive(at, r->default_values[0]);
	return 0;
}

static int input1(struct gpioevent_request *r) {
	unsigned f = r->handleflags;
	r->fd = take(r->lineoffset, 1, INPUT, !!(f & GPIOHANDLE_REQUEST_ACTIVE_LOW),
		!!(r->eventflags & GPIOEVENT_REQUEST_RISING_EDGE), !!(r->eventflags & GPIOEVENT_REQUEST_FALLING_EDGE),
		f & GPIOHANDLE_REQUEST_BIAS_PULL_UP ? 1 : f & GPIOHANDLE_REQUEST_BIAS_PULL_DOWN ? 2 : f & GPIOHANDLE_REQUEST_BIAS_DISABLE ? 3 : 0,
		r->consumer_label);
	return r->fd < 0 ? -1 : 0;
}

static int request2(struct gpio_v2_line_request *r) {
	uint64_t f = r->config.flags;
	r->fd = take(r->offsets[0], 2, f & GPIO_V2_LINE_FLAG_OUTPUT ? OUTPUT : INPUT, !!(f & GPIO_V2_LINE_FLAG_ACTIVE_LOW),
		!!(f & GPIO_V2_LINE_FLAG_EDGE_RISING), !!(f & GPIO_V2_LINE_FLAG_EDGE_FALLING),
		f & GPIO_V2_LINE_FLAG_BIAS_PULL_UP ? 1 : f & GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN ? 2 : f & GPIO_V2_LINE_FLAG_BIAS_DISABLED ? 3 : 0,
		r->consumer);
	if (r->fd < 0) return -1;
	for (unsigned i = 0; i < r->config.num_attrs; i++)
		if (r->config.attrs[i].attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES)
			drive(r->offsets[0], r->config.attrs[i].attr.values & 1);
	return 0;
}

static int answer(int fd, unsigned kind, void *data) {
	int at = of_fd(fd);
	switch (kind) {
	case GPIO_GET_CHIPINFO_IOCTL: {
		struct gpiochip_info *info = data;
		memset(info, 0, sizeof *info);
		strcpy(info->name, "gpiochip9");
		strcpy(info->label, "fake");
		info->lines = LINES;
		return 0;
	}
	case GPIO_GET_LINEINFO_IOCTL: {
		struct gpioline_info *info = data;
		unsigned offset = info->line_offset;
		memset(info, 0, sizeof *info);
		info->line_offset = offset;
		strcpy(info->name, name_of(offset));
		if (lines[offset].use == OUTPUT) info->flags |= GPIOLINE_FLAG_IS_OUT;
		if (lines[offset].use != FREE) info->flags |= GPIOLINE_FLAG_KERNEL;
		return 0;
	}
	case GPIO_V2_GET_LINEINFO_IOCTL: {
		struct gpio_v2_line_info *info = data;
		unsigned offset = info->offset;
		memset(info, 0, sizeof *info);
		info->offset = offset;
		strcpy(info->name, name_of(offset));
		return 0;
	}
	case GPIO_GET_LINEHANDLE_IOCTL: return output1(data);
	case GPIO_GET_LINEEVENT_IOCTL: return input1(data);
	case GPIO_V2_GET_LINE_IOCTL: return request2(data);
	case GPIOHANDLE_SET_LINE_VALUES_IOCTL: drive(at, ((struct gpiohandle_data *)data)->values[0]); return 0;
	case GPIO_V2_LINE_SET_VALUES_IOCTL: drive(at, ((struct gpio_v2_line_values *)data)->bits & 1); return 0;
	}
	errno = ENOTTY;
	return -1;
}

int ioctl(int fd, unsigned long kind, ...) {
	va_list rest; va_start(rest, kind); void *data = va_arg(rest, void *); va_end(rest);
	if (fd >= 0 && fd < MOST_FDS && (chips[fd] || of_fd(fd) >= 0)) return answer(fd, (unsigned)kind, data);
	return ((int (*)(int, unsigned long, void *))next("ioctl"))(fd, kind, data);
}

/* What the tests see and do at the pins. */

int fake_level(int at) { return lines[at].level; }

int fake_bias(int at) { return (int)lines[at].bias; }

int fake_taken(int at) { return lines[at].use != FREE; }

const char *fake_consumer(int at) { return lines[at].consumer; }

/* The next edge of the line is numbered so much later: edges in between were lost. */
void fake_lose(int at, unsigned count) { lines[at].sequence += count; }

void fake_wire(int at, int level, uint64_t timestamp) {
	if (lines[at].level == level) return;
	lines[at].level = level;
	int rising = level ^ lines[at].low;
	if (lines[at].use != INPUT || !(rising ? lines[at].rising : lines[at].falling)) return;
	lines[at].sequence++;
	struct gpioevent_data one = { timestamp, rising ? GPIOEVENT_EVENT_RISING_EDGE : GPIOEVENT_EVENT_FALLING_EDGE };
	struct gpio_v2_line_event two = { .timestamp_ns = timestamp, .id = rising ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE,
		.offset = at, .seqno = lines[at].sequence, .line_seqno = lines[at].sequence };
	ssize_t n = lines[at].abi == 1 ? write(lines[at].peer, &one, sizeof one) : write(lines[at].peer, &two, sizeof two);
	(void)n;
}

/* The device is unplugged. */
void fake_unplug(int at) { shutdown(lines[at].peer, SHUT_RDWR); }
