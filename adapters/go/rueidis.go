// rueidis: all calls share one connection and are pipelined. A call gives up by its context. With
// --cache, values stay in memory until the server says that they changed (RESP3).
package main

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/redis/rueidis"
)

func main() {
	hello := Hello{
		Library: "rueidis", Version: Version("github.com/redis/rueidis"), Client: "one connection",
		Connections: "shared", Cancel: "on-request", Flags: []string{"--cache"},
	}
	if Has("--cache") {
		hello.Client, hello.Protocol, hello.Can = "one connection, cache", "resp3", []string{"invalidate"}
	}
	Serve(hello, connect)
}

// shared is the client, once its first connection is open: the library waits for it.
type shared struct {
	client rueidis.Client
	err    error
	open   chan struct{}
}

// made is a call with the client.
type made func(context.Context, rueidis.Client, Request) (any, error)

func dial(ctx context.Context, to string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
	return Dial(ctx, "tcp", to)
}

func connect(address string) Client {
	s := &shared{open: make(chan struct{})}
	go func() {
		defer close(s.open)
		s.client, s.err = rueidis.NewClient(rueidis.ClientOption{
			InitAddress: []string{address}, AlwaysRESP2: !Has("--cache"), DisableCache: !Has("--cache"),
			PipelineMultiplex: -1,
			// The schedule decides when a reply is late; and no PING is sent meanwhile.
			ConnWriteTimeout: 1000 * time.Hour, Dialer: net.Dialer{KeepAlive: 1000 * time.Hour},
			DialCtxFn: dial,
		})
	}()
	with := func(call made) func(context.Context, Request) (any, error) {
		return func(ctx context.Context, r Request) (any, error) {
			if <-s.open; s.err != nil {
				return nil, s.err
			}
			return call(ctx, s.client, r)
		}
	}
	return Client{
		Ops: map[string]func(context.Context, Request) (any, error){
			"get": with(one), "mget": with(one), "set": with(one), "pipeline": with(pipeline),
		},
		IsReady: func() bool {
			select {
			case <-s.open:
				return true
			default:
				return false
			}
		},
		Close: func() {
			if <-s.open; s.err == nil {
				s.client.Close()
			}
		},
	}
}

func one(ctx context.Context, client rueidis.Client, r Request) (any, error) {
	if Has("--cache") && r.Op == "get" {
		return client.DoCache(ctx, client.B().Get().Key(r.Key).Cache(), 1000*time.Hour).ToAny()
	}
	if Has("--cache") && r.Op == "mget" {
		return cached(ctx, client, r.Keys)
	}
	words := append([]string{}, r.Keys...)
	if r.Key != "" {
		words = append(words, r.Key)
	}
	if r.Value != "" {
		words = append(words, r.Value)
	}
	return client.Do(ctx, client.B().Arbitrary(r.Op).Args(words...).Build()).ToAny()
}

// cached reads several keys, those from the server each in a transaction.
func cached(ctx context.Context, client rueidis.Client, keys []string) (any, error) {
	batch := make([]rueidis.CacheableTTL, len(keys))
	for i, key := range keys {
		batch[i] = rueidis.CT(client.B().Get().Key(key).Cache(), 1000*time.Hour)
	}
	values := make([]any, len(batch))
	for i, reply := range client.DoMultiCache(ctx, batch...) {
		value, err := reply.ToAny()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

func pipeline(ctx context.Context, client rueidis.Client, r Request) (any, error) {
	batch := make([]rueidis.Completed, len(r.Commands))
	for i, words := range r.Commands {
		batch[i] = client.B().Arbitrary(words...).Build()
	}
	replies := make([]any, len(batch))
	for i, reply := range client.DoMulti(ctx, batch...) {
		value, err := reply.ToAny()
		if _, isReply := rueidis.IsRedisErr(err); isReply {
			value = Failed{err.Error()}
		} else if err != nil {
			return nil, err
		}
		replies[i] = value
	}
	return replies, nil
}
