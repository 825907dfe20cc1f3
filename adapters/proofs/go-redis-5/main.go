// go-redis 5.2.9, without Crosswire: half a status reply at the end of the stream passes for a whole
// one. Copy it into a module: go mod init proof; go get gopkg.in/redis.v5@v5.2.9; go run .
package main

import (
	"fmt"
	"net"

	redis "gopkg.in/redis.v5"
)

func main() {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			client, err := server.Accept()
			if err != nil {
				return
			}
			client.Read(make([]byte, 4096))
			client.Write([]byte("+O"))
			client.Close()
		}
	}()
	client := redis.NewClient(&redis.Options{Addr: server.Addr().String()})
	reply, err := client.Set("b", "1", 0).Result()
	fmt.Printf("SET b returns %q, error %v\n", reply, err)
}
