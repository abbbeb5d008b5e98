package io.thalweg.objectstore.s3;

import io.netty.channel.EventLoopGroup;
import io.thalweg.runtime.config.ConfigException;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/** Makes the SDK's client. Stateless. */
final class S3Clients {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(20);

  private S3Clients() {}

  /**
   * A client that tries once, computes no checksum of its own, and answers on threads of {@code
   * threads}, which the caller ends after the client.
   */
  static S3AsyncClient connect(S3ObjectStoreConfig config, EventLoopGroup threads) {
    Duration timeout = config.timeout();
    // Well before the attempt's own end: an attempt that got no connection sent nothing, and must
    // say so. Now and then the client forgets a wait for a connection after another was just
    // refused.
    Duration half = timeout.dividedBy(2);
    Duration connect = half.compareTo(CONNECT) < 0 ? half : CONNECT;
    S3AsyncClientBuilder builder =
        S3AsyncClient.builder()
            .httpClientBuilder(
                NettyNioAsyncHttpClient.builder()
                    .eventLoopGroup(SdkEventLoopGroup.create(threads))
                    .maxConcurrency(config.limits().connections())
                    .maxPendingConnectionAcquires(config.limits().connections())
                    .connectionTimeout(connect)
                    .connectionAcquisitionTimeout(connect)
                    .connectionMaxIdleTime(IDLE)
                    .tlsNegotiationTimeout(connect)
                    .readTimeout(timeout)
                    .writeTimeout(timeout)
                    .tcpKeepAlive(true))
            .overrideConfiguration(
                override ->
                    override
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        .apiCallAttemptTimeout(timeout))
            // Answers move to the store's loop at once, so they need no pool in between.
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(
                S3Configuration.builder()
                    .pathStyleAccessEnabled(config.location().pathStyle())
                    .chunkedEncodingEnabled(false)
                    .expectContinueEnabled(false)
                    .build())
            .credentialsProvider(credentials(config));
    config.location().endpoint().ifPresent(builder::endpointOverride);
    config.location().region().ifPresent(region -> builder.region(Region.of(region)));
    try {
      return builder.build();
    } catch (SdkClientException unknownRegion) {
      throw new ConfigException(
          config.location()
              + " cannot be reached: "
              + unknownRegion.getMessage()
              + "; give objectstore.s3.region, or set AWS_REGION");
    }
  }

  private static AwsCredentialsProvider credentials(S3ObjectStoreConfig config) {
    return config
        .credentials()
        .<AwsCredentialsProvider>map(
            given ->
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(given.accessKey(), given.secretKey())))
        .orElseGet(() -> DefaultCredentialsProvider.builder().build());
  }
}
