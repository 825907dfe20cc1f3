// What adapters in Go have in common: lines, barriers, gates, cancellation, errors
// (docs/adapter-protocol.md). An adapter's main calls Serve with its hello and a function that
// makes a client. A new operation of the protocol is a new entry of the client's Ops.
//
// The barrier is testing/synctest. The library runs in a bubble, where the runtime itself knows
// when every goroutine is blocked for good and where time is fake: a sleep of the library ends when
// nothing else can happen. A blocked read of the network would not count as blocked there, so the
// library gets its connections from Dial: they wait for bytes in a channel, and only a barrier
// looks whether there are any. The bytes stay in the kernel until the library reads them, so its
// own checks of a connection see what they always see.
//
// A goroutine that waits for a sync.Mutex is not blocked for good in a bubble. A library that holds
// one while it reads, and lets other calls wait for it, would need a barrier that looks at the
// states of all goroutines (runtime.Stack); none of the libraries here does.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Hello is the adapter's first line.
type Hello struct {
	Crosswire   int    `json:"crosswire"`
	Library     string `json:"library"`
	Version     string `json:"version"`
	Client      string `json:"client"`
	Connections string `json:"connections"`
	Calls       string `json:"calls"`
	Cancel      string `json:"cancel"`
	Runtime     string `json:"runtime"`
	Protocol    string `json:"protocol,omitempty"`
	// Can names the words of schedules that the adapter knows, of those that it need not know.
	Can []string `json:"can,omitempty"`
	// Flags are the words that may follow the adapter's name; Has tells whether one does.
	Flags []string `json:"-"`
}

// flags are the words behind the adapter's name.
var flags = os.Args[1:]

// Has returns whether a word follows the adapter's name.
func Has(flag string) bool { return slices.Contains(flags, flag) }

// Request is a line of Crosswire's.
type Request struct {
	ID       int        `json:"id"`
	Op       string     `json:"op"`
	Host     string     `json:"host"`
	Port     int        `json:"port"`
	Key      string     `json:"key"`
	Keys     []string   `json:"keys"`
	Value    string     `json:"value"`
	Commands [][]string `json:"commands"`
	Of       int        `json:"of"`
	Gate     string     `json:"gate"`
}

// Client is a client of the library. IsReady, if there is one, reports whether the connection that
// calls share is open.
type Client struct {
	Ops     map[string]func(ctx context.Context, request Request) (any, error)
	IsReady func() bool
	Close   func()
}

// Failed is an error within the replies of a pipeline.
type Failed struct {
	Error string `json:"error"`
}

// call is a call's context. Its deadline is like no other's and is never reached by itself, so a
// connection with this deadline reads for this call; giving up is the deadline's passing.
type call struct {
	context.Context
	deadline time.Time
	done     chan struct{}
}

func (c *call) Deadline() (time.Time, bool) { return c.deadline, true }
func (c *call) Done() <-chan struct{}       { return c.done }
func (c *call) Err() error {
	select {
	case <-c.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

const (
	// The time that a barrier gives the library's sleeps, in steps between which sockets are read.
	step, steps = 100 * time.Millisecond, 20
	// The real time in which a connection that opens must be ready. A library that broke never is.
	opening = 300 * time.Millisecond
)

var calls = map[int]*call{}

func say(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(text, '\n'))
}

// Version returns the version of a module with this prefix, as the build knows it.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if strings.HasPrefix(dep.Path, module) {
			return strings.TrimPrefix(dep.Version, "v")
		}
	}
	panic("the build has no module " + module)
}

// Serve serves until standard input ends. `connect` must not wait for the network.
func Serve(hello Hello, connect func(address string) Client) {
	for _, word := range flags {
		if !slices.Contains(hello.Flags, word) {
			known := cmp.Or(strings.Join(hello.Flags, ", "), "none")
			fmt.Fprintf(os.Stderr, "unknown argument `%s`; known: %s\n", word, known)
			os.Exit(2)
		}
	}
	// The package testing has flags as well.
	os.Args = os.Args[:1]
	hello.Crosswire, hello.Calls, hello.Runtime = 1, "many", "Go "+runtime.Version()[2:]
	say(hello)
	// With one processor, goroutines that are ready at the same time run in one order.
	runtime.GOMAXPROCS(1)
	inBubble := func(t *testing.T) { synctest.Test(t, func(*testing.T) { serve(connect) }) }
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "adapter", F: inBubble}}, nil, nil)
}

func serve(connect func(address string) Client) {
	var client Client
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			os.Exit(0)
		}
		var r Request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		switch r.Op {
		case "connect":
			clear(calls)
			client = connect(net.JoinHostPort(r.Host, fmt.Sprint(r.Port)))
		case "cancel":
			if of := calls[r.Of]; of != nil {
				close(of.done)
				expire(of.deadline)
			}
		case "barrier", "hold":
			quiet(client)
		case "close":
			client.Close()
		default:
			perform(client, r)
			continue
		}
		say(map[string]any{"id": r.ID, "value": true})
		if r.Op == "hold" {
			gate, err := os.Open(r.Gate)
			if err != nil {
				panic(err)
			}
			gate.Read(make([]byte, 1))
			gate.Close()
		}
	}
}

func perform(client Client, r Request) {
	deadline := time.Now().Add(time.Hour * time.Duration(1000+r.ID))
	c := &call{context.Background(), deadline, make(chan struct{})}
	calls[r.ID] = c
	op := client.Ops[r.Op]
	go func() {
		if op == nil {
			say(map[string]any{"id": r.ID, "error": "the adapter has no `" + r.Op + "`"})
			return
		}
		value, err := op(c, r)
		switch {
		case err == nil:
			say(map[string]any{"id": r.ID, "value": value})
		case c.Err() != nil:
			say(map[string]any{"id": r.ID, "cancelled": true})
		default:
			say(map[string]any{"id": r.ID, "error": err.Error()})
		}
	}()
}

// quiet lets the library do all that it can do before another byte arrives.
func quiet(client Client) {
	settle()
	for range steps {
		time.Sleep(step)
		settle()
	}
	// The handshake of a connection that calls share is answered meanwhile, in real time.
	for spins := 0; client.IsReady != nil && !client.IsReady() && spins < 600; spins++ {
		pause(opening / 600)
		settle()
	}
}

func settle() {
	synctest.Wait()
	for wakeReaders() {
		synctest.Wait()
	}
}
