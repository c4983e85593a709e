// Go's net/http, with the form as Request.ParseMultipartForm hands it over: texts and files apart, each by name.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
)

type part struct {
	Name        string  `json:"name"`
	Filename    *string `json:"filename"`
	ContentType *string `json:"content_type"`
	Size        int64   `json:"size"`
	Sha256      string  `json:"sha256"`
}

type answer struct {
	Framing string `json:"framing"`
	Parts   []part `json:"parts,omitempty"`
	Error   string `json:"error,omitempty"`
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	panic(http.Serve(listener, http.HandlerFunc(upload)))
}

func upload(response http.ResponseWriter, request *http.Request) {
	said := answer{Framing: "length"}
	if len(request.TransferEncoding) > 0 {
		said.Framing = "chunked"
	}
	parts, err := partsOf(request)
	response.Header().Set("Content-Type", "application/json")
	if err != nil {
		said.Error = err.Error()
		response.WriteHeader(http.StatusBadRequest)
	}
	said.Parts = parts
	json.NewEncoder(response).Encode(said)
}

func partsOf(request *http.Request) ([]part, error) {
	// What is longer than this altogether goes to temporary files.
	if err := request.ParseMultipartForm(1 << 20); err != nil {
		return nil, err
	}
	defer request.MultipartForm.RemoveAll()
	parts := []part{}
	for name, texts := range request.MultipartForm.Value {
		for _, text := range texts {
			parts = append(parts, part{Name: name, Size: int64(len(text)), Sha256: measure([]byte(text))})
		}
	}
	for name, files := range request.MultipartForm.File {
		for _, file := range files {
			found, err := filePart(name, file)
			if err != nil {
				return nil, err
			}
			parts = append(parts, found)
		}
	}
	return parts, nil
}

func filePart(name string, header *multipart.FileHeader) (part, error) {
	file, err := header.Open()
	if err != nil {
		return part{}, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	contentType := header.Header.Get("Content-Type")
	return part{name, &header.Filename, &contentType, size, hex.EncodeToString(hash.Sum(nil))}, err
}

func measure(content []byte) string {
	hash := sha256.Sum256(content)
	return hex.EncodeToString(hash[:])
}
