// Package crosswire certifies a client library with Crosswire in a Go test:
//
//	func TestTheClientDoesNotCrossItsWires(t *testing.T) {
//		crosswire.Certify(t, "go run ./adapter", crosswire.Options{})
//	}
//
// A violation fails the test with its story, and saves the schedule under testdata/crosswire, from
// where the next run replays it first. The program is crosswire, or what the variable CROSSWIRE
// names.
package crosswire

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Options of a certificate. The zero value draws 300 schedules and fails if too little was tried.
type Options struct {
	// Seeds is the number of schedules to draw; 300 if it is 0.
	Seeds int
	// Inconclusive accepts a certificate that misses situations.
	Inconclusive bool
	// Kept is the directory of the schedules found; testdata/crosswire/NAME OF THE TEST if empty.
	Kept string
}

type answer struct {
	Type, Message, Verdict, Sentence string
	Adapter                          struct{ Library, Version, Client string }
	Findings                         []struct {
		Invariants, Schedule, Story []string
		FirstSeed                   string `json:"first_seed"`
	}
}

type replay struct {
	Type, Message string
	Schedules     []struct {
		Schedule, Verdict, Told string
		Story                   []string
	}
}

// Certify fails the test if a kept schedule or a drawn one violates an invariant, or if too little
// was tried.
func Certify(t *testing.T, adapter string, options Options) {
	t.Helper()
	if options.Seeds == 0 {
		options.Seeds = 300
	}
	if options.Kept == "" {
		options.Kept = filepath.Join("testdata", "crosswire", filepath.FromSlash(t.Name()))
	}
	kept, _ := filepath.Glob(filepath.Join(options.Kept, "*.toml"))
	if len(kept) > 0 {
		var again replay
		run(t, &again, adapter, "--schedule", options.Kept)
		check(t, again.Type, again.Message)
		for _, one := range again.Schedules {
			if one.Verdict == "violated" {
				t.Fatalf("%s: %s%s", one.Schedule, one.Told, indented(one.Story))
			}
		}
	}
	if err := os.MkdirAll(options.Kept, 0o755); err != nil {
		t.Fatal(err)
	}
	defer removeEmpty(options.Kept)
	file := firstFree(options.Kept)
	var found answer
	run(t, &found, adapter, "--seeds", strconv.Itoa(options.Seeds), "--save", file)
	check(t, found.Type, found.Message)
	of := found.Adapter
	sentence := fmt.Sprintf("%s %s (%s): %s", of.Library, of.Version, of.Client, found.Sentence)
	switch {
	case found.Verdict == "violated":
		var told strings.Builder
		for _, finding := range found.Findings {
			fmt.Fprintf(&told, "\n\n%s, first with seed %s: %s%s", strings.Join(finding.Invariants, ", "),
				finding.FirstSeed, strings.Join(finding.Schedule, "; "), indented(finding.Story))
		}
		t.Fatalf("%s%s\n\nkept as %s, and replayed first from now on", sentence, told.String(), file)
	case found.Verdict == "inconclusive" && !options.Inconclusive:
		t.Fatal(sentence)
	}
}

func run(t *testing.T, into any, adapter string, options ...string) {
	t.Helper()
	program := os.Getenv("CROSSWIRE")
	if program == "" {
		program = "crosswire"
	}
	words := append([]string{"certify", "--adapter", adapter, "--json"}, options...)
	var errors strings.Builder
	command := exec.Command(program, words...)
	command.Stderr = &errors
	output, failed := command.Output()
	if err := json.Unmarshal(output, into); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(words, " "), failed, errors.String())
	}
}

func check(t *testing.T, kind, message string) {
	t.Helper()
	if kind == "error" {
		t.Fatal(message)
	}
}

// removeEmpty removes a directory and the ones around it that have nothing in them.
func removeEmpty(directory string) {
	for directory != "." && os.Remove(directory) == nil {
		directory = filepath.Dir(directory)
	}
}

func firstFree(kept string) string {
	for number := 1; ; number++ {
		file := filepath.Join(kept, fmt.Sprintf("found-%d.toml", number))
		if _, err := os.Stat(file); err != nil {
			return file
		}
	}
}

func indented(lines []string) string {
	return "\n  " + strings.Join(lines, "\n  ")
}
