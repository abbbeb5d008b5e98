package io.thalweg.simulation.client;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.Sighting;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;

/** A client that asks for offsets. */
final class Asker extends Workload.Actor {

  Asker(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::question);
  }

  private void question() {
    KnownTable table = shared.anyTable();
    TableBucket bucket = table.bucket(roll(table.info.bucketCount()));
    boolean latest = roll(4) > 0;
    OffsetSpec spec = latest ? new OffsetSpec.Latest() : new OffsetSpec.Earliest();
    long askedNanos = now();
    ServerProcess server = anyServer();
    Deletions.Floor floor = shared.deletions().floor(server, bucket);
    shared.count("offset");
    ask(
        server,
        Manner.PLAIN,
        "offset " + bucket,
        0,
        door -> door.call(each -> each.offset(Principal.ANONYMOUS, bucket, spec)),
        (Answer<Long> answer) -> {
          if (answer.ok() && latest) {
            shared.history().lookup(bucket, askedNanos, now(), answer.value());
            shared.reaches(bucket, answer.value());
            shared.count("offset answered");
          } else if (answer.ok()) {
            shared.deletions().begins(name(), floor, answer.value());
            cluster()
                .saw(new Sighting.Begins(cluster().truthIndex(), name(), bucket, answer.value()));
          }
          if (answer.ok() && !latest && !table.expires() && answer.value() != 0) {
            shared.findings().add("EARLIEST", "the earliest offset of " + bucket + " is " + answer);
          }
          next(this::question);
        });
  }
}
