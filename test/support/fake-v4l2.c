/*
 * A V4L2 camera for tests on hosts without one. Preloaded into a process, it answers at the boundary to the kernel what a
 * driver would, so that GStreamer's real v4l2src is what runs. The camera is /dev/full, which nobody else needs: GREY and
 * YUYV of 62 x 47 and 64 x 48 pixels, with rows that are padded, 50 frames a second at most, and one control, of steps of 10.
 *
 * The grey of a pixel is (3x + 5y + 7n) mod 256 with n the number of the frame. In the folder FAKE_V4L2, the
 * control's value is in the file `exposure`; while a file `unplugged` is there, the camera is not; a file `lose` makes it lose three frames,
 * one named `spoil` a frame that the driver marks as broken: both are removed when that is done.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PATH "/dev/full"
#define MOST 16
#define PADDING 18

static int camera = -1, streaming, fps = 50;
/* Descriptors of the camera: GStreamer makes copies of the first. */
static char ours[4096];
static unsigned pixelformat = V4L2_PIX_FMT_GREY, width = 64, height = 48, sequence;
static unsigned char *memory[MOST];
static unsigned buffers, queue[MOST], queued;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static const char *file(const char *name) {
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", getenv("FAKE_V4L2"), name);
	return path;
}

static int there(const char *name) { return access(file(name), F_OK) == 0; }

static int taken(const char *name) { return unlink(file(name)) == 0; }

static int exposure(void) {
	FILE *kept = fopen(file("exposure"), "r");
	int value = 100;
	if (kept) { if (fscanf(kept, "%d", &value) != 1) value = 100; fclose(kept); }
	return value;
}

static void expose(int value) {
	FILE *kept = fopen(file("exposure"), "w");
	if (kept) { fprintf(kept, "%d\n", value / 10 * 10); fclose(kept); }
}

static int refuse(int why) { errno = why; return -1; }

static unsigned bytes_per_pixel(void) { return pixelformat == V4L2_PIX_FMT_YUYV ? 2 : 1; }
static unsigned stride(void) { return width * bytes_per_pixel() + PADDING; }

static int opened(void) {
	if (there("unplugged")) return refuse(ENODEV);
	camera = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	ours[camera] = 1;
	return camera;
}

int dup(int fd) {
	int copy = ((int (*)(int))next("dup"))(fd);
	if (copy >= 0) ours[copy] = fd >= 0 && ours[fd];
	return copy;
}

int close(int fd) {
	if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = 0;
	return ((int (*)(int))next("close"))(fd);
}

int open64(const char *path, int flags, ...) {
	va_list rest;
	va_start(rest, flags);
	mode_t mode = va_arg(rest, int);
	va_end(rest);
	if (getenv("FAKE_V4L2") && strcmp(path, PATH) == 0) return opened();
	return ((int (*)(const char *, int, mode_t))next("open64"))(path, flags, mode);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
	if (fd >= 0 && ours[fd]) return memory[offset >> 20];
	return ((void *(*)(void *, size_t, int, int, int, off_t))next("mmap64"))(at, length, protection, flags, fd, offset);
}

static void negotiate(struct v4l2_pix_format *pix) {
	if (pix->pixelformat != V4L2_PIX_FMT_YUYV) pix->pixelformat = V4L2_PIX_FMT_GREY;
	int large = pix->width >= 64;
	pix->width = large ? 64 : 62;
	pix->height = large ? 48 : 47;
	pix->field = V4L2_FIELD_NONE;
	pix->bytesperline = pix->width * (pix->pixelformat == V4L2_PIX_FMT_YUYV ? 2 : 1) + PADDING;
	pix->sizeimage = pix->bytesperline * pix->height;
	pix->colorspace = V4L2_COLORSPACE_SRGB;
}

static void paint(unsigned char *to) {
	for (unsigned y = 0; y < height; y++) {
		unsigned char *row = to + y * stride();
		memset(row, 0xee, stride());
		for (unsigned x = 0; x < width; x++) {
			unsigned char grey = 3 * x + 5 * y + 7 * sequence;
			if (bytes_per_pixel() == 1) row[x] = grey;
			else { row[2 * x] = 16 + grey * 219 / 255; row[2 * x + 1] = 128; }
		}
	}
}

static int dequeue(struct v4l2_buffer *buffer) {
	unsigned long long ticks;
	if (there("unplugged")) return refuse(ENODEV);
	if (!streaming || queued == 0) return refuse(EAGAIN);
	if (read(camera, &ticks, sizeof ticks) != sizeof ticks) return refuse(EAGAIN);
	sequence += ticks + (taken("lose") ? 3 : 0);
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	unsigned index = queue[0];
	memmove(queue, queue + 1, --queued * sizeof *queue);
	paint(memory[index]);
	buffer->index = index;
	buffer->bytesused = stride() * height;
	buffer->length = 1 << 20;
	buffer->sequence = sequence;
	buffer->field = V4L2_FIELD_NONE;
	buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_MAPPED | (taken("spoil") ? V4L2_BUF_FLAG_ERROR : 0);
	buffer->timestamp.tv_sec = now.tv_sec;
	buffer->timestamp.tv_usec = now.tv_nsec / 1000;
	return 0;
}

static int stream(int on) {
	long period = on ? 1000000000L / fps : 0;
	struct itimerspec every = {{0, period}, {0, period}};
	streaming = on;
	queued = on ? queued : 0;
	return timerfd_settime(camera, 0, &every, NULL);
}

static int request(struct v4l2_requestbuffers *wanted) {
	if (wanted->memory != V4L2_MEMORY_MMAP) return refuse(EINVAL);
	if (wanted->count > MOST) wanted->count = MOST;
	for (; buffers < wanted->count; buffers++)
		memory[buffers] = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Mappings belong to whoever asked for them, who removes them. */
	buffers = wanted->count;
	queued = 0;
	wanted->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
	return 0;
}

static int control(struct v4l2_queryctrl *asked) {
	unsigned id = asked->id & ~(V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND);
	int following = asked->id != id;
	if (following ? id >= V4L2_CID_EXPOSURE_ABSOLUTE : id != V4L2_CID_EXPOSURE_ABSOLUTE) return refuse(EINVAL);
	memset(asked, 0, sizeof *asked);
	asked->id = V4L2_CID_EXPOSURE_ABSOLUTE;
	asked->type = V4L2_CTRL_TYPE_INTEGER;
	strcpy((char *)asked->name, "Exposure Time, Absolute");
	asked->minimum = asked->step = 10;
	asked->maximum = 1000;
	asked->default_value = 100;
	return 0;
}

static int answer(unsigned long request_code, void *what) {
	switch (request_code) {
	case VIDIOC_QUERYCAP: {
		struct v4l2_capability *able = what;
		memset(able, 0, sizeof *able);
		strcpy((char *)able->driver, "fake");
		strcpy((char *)able->card, "Fake camera");
		strcpy((char *)able->bus_info, "platform:fake");
		able->version = 0x050a00;
		able->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
		able->capabilities = able->device_caps | V4L2_CAP_DEVICE_CAPS;
		return 0;
	}
	case VIDIOC_ENUM_FMT: {
		struct v4l2_fmtdesc *kind = what;
		if (kind->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || kind->index > 1) return refuse(EINVAL);
		kind->flags = 0;
		kind->pixelformat = kind->index ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_GREY;
		return 0;
	}
	case VIDIOC_ENUM_FRAMESIZES: {
		struct v4l2_frmsizeenum *size = what;
		if (size->index > 1) return refuse(EINVAL);
		size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		size->discrete.width = size->index ? 62 : 64;
		size->discrete.height = size->index ? 47 : 48;
		return 0;
	}
	case VIDIOC_ENUM_FRAMEINTERVALS: {
		struct v4l2_frmivalenum *rate = what;
		if (rate->index > 1) return refuse(EINVAL);
		rate->type = V4L2_FRMIVAL_TYPE_DISCRETE;
		rate->discrete.numerator = 1;
		rate->discrete.denominator = rate->index ? 10 : 50;
		return 0;
	}
	case VIDIOC_G_FMT: {
		struct v4l2_format *format = what;
		format->fmt.pix.width = width;
		format->fmt.pix.height = height;
		format->fmt.pix.pixelformat = pixelformat;
		negotiate(&format->fmt.pix);
		return 0;
	}
	case VIDIOC_TRY_FMT:
	case VIDIOC_S_FMT: {
		struct v4l2_format *format = what;
		if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return refuse(EINVAL);
		negotiate(&format->fmt.pix);
		if (request_code == VIDIOC_TRY_FMT) return 0;
		width = format->fmt.pix.width;
		height = format->fmt.pix.height;
		pixelformat = format->fmt.pix.pixelformat;
		return 0;
	}
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM: {
		struct v4l2_streamparm *stream_of = what;
		struct v4l2_fract *time = &stream_of->parm.capture.timeperframe;
		if (request_code == VIDIOC_S_PARM && time->numerator) fps = time->denominator / time->numerator;
		stream_of->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
		time->numerator = 1;
		time->denominator = fps;
		return 0;
	}
	case VIDIOC_QUERYCTRL: return control(what);
	case VIDIOC_S_CTRL: {
		struct v4l2_control *set = what;
		if (set->id != V4L2_CID_EXPOSURE_ABSOLUTE) return refuse(EINVAL);
		if (set->value < 10 || set->value > 1000) return refuse(ERANGE);
		expose(set->value);
		return 0;
	}
	case VIDIOC_G_CTRL: {
		struct v4l2_control *read_back = what;
		if (read_back->id != V4L2_CID_EXPOSURE_ABSOLUTE) return refuse(EINVAL);
		read_back->value = exposure();
		return 0;
	}
	case VIDIOC_G_EXT_CTRLS: {
		struct v4l2_ext_controls *all = what;
		for (unsigned i = 0; i < all->count; i++) {
			if (all->controls[i].id != V4L2_CID_EXPOSURE_ABSOLUTE) return refuse(EINVAL);
			all->controls[i].value = exposure();
		}
		return 0;
	}
	case VIDIOC_REQBUFS: return request(what);
	case VIDIOC_QUERYBUF: {
		struct v4l2_buffer *buffer = what;
		if (buffer->index >= buffers) return refuse(EINVAL);
		buffer->length = 1 << 20;
		buffer->m.offset = buffer->index << 20;
		buffer->flags = 0;
		return 0;
	}
	case VIDIOC_QBUF: {
		struct v4l2_buffer *buffer = what;
		if (buffer->index >= buffers || queued == MOST) return refuse(EINVAL);
		queue[queued++] = buffer->index;
		buffer->flags |= V4L2_BUF_FLAG_QUEUED;
		return 0;
	}
	case VIDIOC_DQBUF: return dequeue(what);
	case VIDIOC_STREAMON: return stream(1);
	case VIDIOC_STREAMOFF: return stream(0);
	case VIDIOC_G_INPUT: *(int *)what = 0; return 0;
	case VIDIOC_S_INPUT: return 0;
	default: return refuse(ENOTTY);
	}
}

int ioctl(int fd, unsigned long request_code, ...) {
	va_list rest;
	va_start(rest, request_code);
	void *what = va_arg(rest, void *);
	va_end(rest);
	if (fd >= 0 && ours[fd]) return answer(request_code & 0xffffffffUL, what);
	return ((int (*)(int, unsigned long, void *))next("ioctl"))(fd, request_code, what);
}
