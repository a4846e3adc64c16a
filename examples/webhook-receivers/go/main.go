// Receives PodArmor webhooks. Standard library alone, Go 1.19 or newer.
//
//	PODARMOR_WEBHOOK_SECRET=whsec_… PORT=8787 go run .
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	longestBody = 1 << 20
	longestAge  = 5 * time.Minute
	remembered  = 10_000
)

func verified(secret, header string, body []byte) (match bool) {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := fmt.Sprintf("sha256=%x", mac.Sum(nil))
	for _, one := range strings.Split(header, ",") {
		match = match || hmac.Equal([]byte(strings.TrimSpace(one)), []byte(expected))
	}
	return match
}

// seen holds the deliveries that were accepted. In production this is a table with a unique key,
// written in the transaction that acts on the event: memory is gone with the process.
type seen struct {
	sync.Mutex
	ids   map[string]bool
	order []string
}

// add tells whether the delivery is new.
func (s *seen) add(delivery string) bool {
	s.Lock()
	defer s.Unlock()
	if s.ids[delivery] {
		return false
	}
	s.ids[delivery] = true
	s.order = append(s.order, delivery)
	if len(s.order) > remembered {
		delete(s.ids, s.order[0])
		s.order = s.order[1:]
	}
	return true
}

type message struct {
	Event         string    `json:"event"`
	DeliveryID    string    `json:"deliveryId"`
	AttemptNumber uint32    `json:"attemptNumber"`
	DeliveredAt   time.Time `json:"deliveredAt"`
}

// readMessage refuses what is no message, or was not sent just now.
func readMessage(body []byte) (read message, err error) {
	if err = json.Unmarshal(body, &read); err != nil {
		return read, err
	}
	age := time.Since(read.DeliveredAt)
	if read.Event == "" || read.DeliveryID == "" || age > longestAge || age < -longestAge {
		return read, errors.New("no message, or not of now")
	}
	return read, nil
}

type receiver struct {
	secret string
	seen   seen
	output *json.Encoder
	saying sync.Mutex
}

func (r *receiver) receive(w http.ResponseWriter, request *http.Request) int {
	if request.Method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, longestBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest
	}
	if !verified(r.secret, request.Header.Get("X-PodArmor-Signature"), body) {
		return http.StatusUnauthorized
	}
	read, err := readMessage(body)
	if err != nil {
		return http.StatusBadRequest
	}
	// Whatever takes long belongs into a queue: the portal waits 15 seconds for the answer.
	if r.seen.add(read.DeliveryID) {
		r.say(accepted{read.Event, read.DeliveryID, read.AttemptNumber})
	} else {
		r.say(duplicate{read.DeliveryID})
	}
	return http.StatusNoContent
}

type accepted struct {
	Event         string `json:"event"`
	DeliveryID    string `json:"deliveryId"`
	AttemptNumber uint32 `json:"attemptNumber"`
}

type duplicate struct {
	Duplicate string `json:"duplicate"`
}

func (r *receiver) say(value any) {
	r.saying.Lock()
	defer r.saying.Unlock()
	if err := r.output.Encode(value); err != nil {
		log.Print(err)
	}
}

func main() {
	secret := os.Getenv("PODARMOR_WEBHOOK_SECRET")
	if secret == "" {
		log.Fatal("PODARMOR_WEBHOOK_SECRET is not set")
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8787"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	r := &receiver{secret: secret, seen: seen{ids: map[string]bool{}}, output: json.NewEncoder(os.Stdout)}
	routes := http.NewServeMux()
	routes.HandleFunc("/hook", func(w http.ResponseWriter, request *http.Request) {
		w.WriteHeader(r.receive(w, request))
	})
	fmt.Printf("listening on http://%s/hook\n", listener.Addr())
	server := &http.Server{Handler: routes, ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}
