package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a connection whose reads wait in a channel of the bubble, until a barrier finds bytes for
// them. Writes go straight to the kernel: what Crosswire sends and receives is small.
type Conn struct {
	*net.TCPConn
	raw      syscall.RawConn
	mu       sync.Mutex // Held for moments only.
	waits    bool
	deadline time.Time
	news     chan struct{} // Bytes, a passed deadline, or the end.
	expired  bool
	closed   bool
	timer    *time.Timer
}

var conns = struct {
	sync.Mutex
	all []*Conn
}{}

// Dial opens a connection; every library has a place for such a function.
func Dial(_ context.Context, network, address string) (net.Conn, error) {
	opened, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	tcp := opened.(*net.TCPConn)
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &Conn{TCPConn: tcp, raw: raw, news: make(chan struct{}, 1)}
	conns.Lock()
	conns.all = append(conns.all, c)
	conns.Unlock()
	return c, nil
}

func (c *Conn) Read(to []byte) (int, error) {
	for {
		c.mu.Lock()
		if c.closed || c.expired {
			defer c.mu.Unlock()
			return 0, &net.OpError{Op: "read", Net: "tcp", Err: c.reason()}
		}
		n, err := c.available(to)
		c.waits = errors.Is(err, syscall.EAGAIN)
		c.mu.Unlock()
		switch {
		case errors.Is(err, syscall.EAGAIN):
			<-c.news
		case err != nil:
			return 0, &net.OpError{Op: "read", Net: "tcp", Err: err}
		case n == 0 && len(to) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (c *Conn) reason() error {
	if c.closed {
		return net.ErrClosed
	}
	return os.ErrDeadlineExceeded
}

// available reads what is there, without waiting.
func (c *Conn) available(to []byte) (n int, err error) {
	read := func(fd uintptr) { n, err = syscall.Read(int(fd), to) }
	if failed := c.raw.Control(read); failed != nil {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *Conn) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *Conn) SetDeadline(at time.Time) error { return c.SetReadDeadline(at) }

func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

func (c *Conn) SetReadDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return &net.OpError{Op: "set", Net: "tcp", Err: net.ErrClosed}
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.deadline, c.expired = at, !at.IsZero() && !at.After(time.Now())
	if c.expired {
		c.tell()
	} else if !at.IsZero() {
		c.timer = time.AfterFunc(time.Until(at), func() { c.pass(at) })
	}
	return nil
}

// pass lets a deadline pass, if the connection still has it.
func (c *Conn) pass(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.Equal(at) {
		c.expired = true
		c.tell()
	}
}

func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.tell()
	c.mu.Unlock()
	conns.Lock()
	defer conns.Unlock()
	for i, other := range conns.all {
		if other == c {
			conns.all = append(conns.all[:i], conns.all[i+1:]...)
			break
		}
	}
	return c.TCPConn.Close()
}

// expire lets the deadline of a call pass, on the connection that reads for it.
func expire(at time.Time) {
	conns.Lock()
	defer conns.Unlock()
	for _, c := range conns.all {
		c.pass(at)
	}
}

// wakeReaders wakes each read for which there are bytes, and returns whether there was one.
func wakeReaders() (woken bool) {
	conns.Lock()
	defer conns.Unlock()
	for _, c := range conns.all {
		c.mu.Lock()
		if c.waits && c.isReadable() {
			c.waits, woken = false, true
			c.tell()
		}
		c.mu.Unlock()
	}
	return woken
}

func (c *Conn) isReadable() (yes bool) {
	_ = c.raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		yes = err == nil && n > 0
	})
	return yes
}

// pause sleeps in real time, which the bubble's clock does not have.
func pause(of time.Duration) {
	_, _ = unix.Poll(nil, int(max(of.Milliseconds(), 1)))
}
