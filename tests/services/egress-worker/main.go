// Stands in for LiveKit Egress in the tests: registers over Redis by LiveKit's own Egress API, and gives each recording to a program.
//
// Requests, answers, ListEgress and the webhooks all go through the real livekit-server. The program is started as
//
//	RECORDER <egress id> <room> <request as JSON>
//
// It writes "active" to descriptor 3 once it records. On SIGTERM it finishes, writes a FileInfo as JSON there, and exits with 0.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// As long as a video server that was killed may take to be there again.
const reportWithin = 30 * time.Second

func main() {
	recorder := strings.Fields(os.Getenv("RECORDER"))
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil || len(recorder) == 0 {
		fail(fmt.Errorf("set REDIS_URL and RECORDER: %v", err))
	}
	bus := psrpc.NewRedisMessageBus(redis.NewClient(options))
	w := &worker{recorder: recorder, running: map[string]*recording{}}
	w.reports, err = rpc.NewIOInfoClient(bus)
	fail(err)
	w.orders, err = rpc.NewEgressHandlerServer(w, bus)
	fail(err)
	starts, err := rpc.NewEgressInternalServer(w, bus)
	fail(err)
	fail(starts.RegisterStartEgressTopic(""))
	fmt.Println("ready")

	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM, syscall.SIGINT)
	<-ending
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "egress-worker:", err)
	os.Exit(1)
}

type worker struct {
	recorder []string
	reports  rpc.IOInfoClient
	orders   rpc.EgressHandlerServer

	mu      sync.Mutex
	running map[string]*recording
}

// One egress and the program that records it.
type recording struct {
	process *os.Process

	mu   sync.Mutex
	info *livekit.EgressInfo
}

// Changes what is known of it, and answers a copy.
func (r *recording) change(apply func(*livekit.EgressInfo)) *livekit.EgressInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	apply(r.info)
	r.info.UpdatedAt = time.Now().UnixNano()
	return proto.Clone(r.info).(*livekit.EgressInfo)
}

func (w *worker) StartEgressAffinity(context.Context, *rpc.StartEgressRequest) float32 { return 1 }

func (w *worker) StartEgress(_ context.Context, request *rpc.StartEgressRequest) (*livekit.EgressInfo, error) {
	composite := request.GetRoomComposite()
	if composite == nil {
		return nil, psrpc.NewErrorf(psrpc.InvalidArgument, "only rooms are recorded here")
	}
	asked, err := protojson.Marshal(composite)
	if err != nil {
		return nil, psrpc.NewError(psrpc.InvalidArgument, err)
	}
	arguments := append(w.recorder[1:len(w.recorder):len(w.recorder)], request.EgressId, composite.RoomName, string(asked))
	command := exec.Command(w.recorder[0], arguments...)
	command.Stderr = os.Stderr
	output, words, err := os.Pipe()
	if err != nil {
		return nil, psrpc.NewError(psrpc.Internal, err)
	}
	command.ExtraFiles = []*os.File{words}
	// A worker that is killed takes its recordings with it, as a machine that fails does.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, psrpc.NewError(psrpc.Internal, err)
	}
	words.Close()
	now := time.Now().UnixNano()
	r := &recording{process: command.Process, info: &livekit.EgressInfo{
		EgressId:  request.EgressId,
		RoomId:    request.RoomId,
		RoomName:  composite.RoomName,
		Request:   &livekit.EgressInfo_RoomComposite{RoomComposite: composite},
		Status:    livekit.EgressStatus_EGRESS_STARTING,
		StartedAt: now,
		UpdatedAt: now,
	}}
	w.mu.Lock()
	w.running[request.EgressId] = r
	w.mu.Unlock()
	if err := w.orders.RegisterStopEgressTopic(request.EgressId); err != nil {
		return nil, err
	}
	started := r.change(func(*livekit.EgressInfo) {})
	go w.follow(r, command, output)
	return started, nil
}

// Tells what the program says until it ends.
func (w *worker) follow(r *recording, command *exec.Cmd, words *os.File) {
	defer words.Close()
	file := &livekit.FileInfo{}
	for lines := bufio.NewScanner(words); lines.Scan(); {
		if lines.Text() == "active" {
			w.report(r.change(func(info *livekit.EgressInfo) { info.Status = livekit.EgressStatus_EGRESS_ACTIVE }))
		} else if err := protojson.Unmarshal(lines.Bytes(), file); err != nil {
			fmt.Fprintln(os.Stderr, "egress-worker:", err)
		}
	}
	failure := command.Wait()
	ended := r.change(func(info *livekit.EgressInfo) {
		info.EndedAt = time.Now().UnixNano()
		if failure != nil {
			info.Status, info.Error = livekit.EgressStatus_EGRESS_FAILED, failure.Error()
			return
		}
		file.StartedAt, file.EndedAt = info.StartedAt, info.EndedAt
		info.Status = livekit.EgressStatus_EGRESS_COMPLETE
		info.FileResults = []*livekit.FileInfo{file}
	})
	w.mu.Lock()
	delete(w.running, ended.EgressId)
	w.mu.Unlock()
	w.orders.DeregisterStopEgressTopic(ended.EgressId)
	w.report(ended)
}

// Whoever hears it is the video server, which may be away for a moment.
func (w *worker) report(info *livekit.EgressInfo) {
	for deadline := time.Now().Add(reportWithin); ; {
		_, err := w.reports.UpdateEgress(context.Background(), info)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			fmt.Fprintln(os.Stderr, "egress-worker: nobody hears what it reports:", err)
			return
		}
	}
}

func (w *worker) StopEgress(_ context.Context, request *livekit.StopEgressRequest) (*livekit.EgressInfo, error) {
	w.mu.Lock()
	r := w.running[request.EgressId]
	w.mu.Unlock()
	if r == nil {
		return nil, psrpc.NewErrorf(psrpc.NotFound, "no such egress")
	}
	ending := r.change(func(info *livekit.EgressInfo) { info.Status = livekit.EgressStatus_EGRESS_ENDING })
	if err := r.process.Signal(syscall.SIGTERM); err != nil {
		return nil, psrpc.NewError(psrpc.Internal, err)
	}
	go w.report(ending)
	return ending, nil
}

func (w *worker) ListActiveEgress(context.Context, *rpc.ListActiveEgressRequest) (*rpc.ListActiveEgressResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	answer := &rpc.ListActiveEgressResponse{}
	for id := range w.running {
		answer.EgressIds = append(answer.EgressIds, id)
	}
	return answer, nil
}

func (w *worker) UpdateEgress(context.Context, *livekit.UpdateEgressRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.Unimplemented, "not done here")
}

func (w *worker) UpdateStream(context.Context, *livekit.UpdateStreamRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.Unimplemented, "not done here")
}
