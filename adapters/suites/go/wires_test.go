package crosswire

import "testing"

// The small client of adapters/blocking-socket.py, with its mistake and without.
const adapter = "python3 ../../blocking-socket.py"

func TestKeepsTheConnection(t *testing.T) {
	Certify(t, adapter, Options{Seeds: 60})
}

func TestClosesTheConnection(t *testing.T) {
	Certify(t, adapter+" --fixed", Options{Seeds: 60})
}
