package watch

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// Of a table the lines of a server's port count: what its listening socket holds are
// clients, and what the others hold are bytes. The other end of a connection has its
// own port.
func TestWhatWaitsInTheKernel(t *testing.T) {
	const tcp, tcp6 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1F40 00000000:0000 0A 00000007:00000012 00:00000000 00000000     0
   1: 0100007F:1F40 0100007F:C350 01 00000100:0000000A 01:00000014 00000000     0
   2: 0100007F:C350 0100007F:1F40 01 00000030:00000040 00:00000000 00000000     0
   3: 0100007F:1F41 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0
   4: 0100007F:1F40 0100007F:C351 08 00000001:00000002 00:00000000 00000000     0
   5: 0100007F:1F40 0100007F:C352 01
`, `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:1F40 00000000000000000000000000000000:0000 0A 00000000:00000002
   1: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000100007F:C353 01 00001000:20000000
   2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:C354 01 00000001:00000001`
	four, six := &fstest.MapFile{Data: []byte(tcp)}, &fstest.MapFile{Data: []byte(tcp6)}
	for _, test := range []struct {
		folder fstest.MapFS
		port   int
		want   *kernel
	}{
		{fstest.MapFS{}, 8000, nil},
		{fstest.MapFS{"tcp": four}, 8000, &kernel{0x12, 0xa + 2, 0x100 + 1}},
		{fstest.MapFS{"tcp6": six}, 8000, &kernel{2, 0x20000000, 0x1000}},
		{fstest.MapFS{"tcp": four, "tcp6": six}, 8000, &kernel{0x14, 0x2000000c, 0x1101}},
		{fstest.MapFS{"tcp": four, "tcp6": six}, 80, &kernel{0, 1, 1}},
		{fstest.MapFS{"tcp": four, "tcp6": six}, 9000, &kernel{}},
	} {
		if got := inKernel(test.folder, test.port); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", test.want) {
			t.Errorf("in %d tables port %d has %+v, want %+v", len(test.folder), test.port, got, test.want)
		}
	}
}
