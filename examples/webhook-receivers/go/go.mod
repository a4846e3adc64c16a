module podarmor-webhook-receiver

go 1.19
